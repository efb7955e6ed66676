// Models that anyone can make because the data are public: what the stock recipe (`aml-miner
// train`) makes of the days whose truth is published. Whoever follows it unchanged has the same
// model as everybody else who does; a validator that did not know the model would take the second
// follower for a copier of the first.
#include <algorithm>
#include <memory>

#include "base/deadline.h"
#include "base/error.h"
#include "base/log.h"
#include "base/threads.h"
#include "validator/public_knowledge.h"
#include "validator/validator.h"

namespace aml::validator {

namespace {

// The last in a role is the one that anyone has now (role_of()): of a truth that was corrected, the
// model of the corrected one.
std::vector<std::string> with_last(std::vector<std::string> names,
                                   std::span<const std::string> last) {
  std::stable_partition(names.begin(), names.end(), [&](const std::string& name) {
    return std::find(last.begin(), last.end(), name) == last.end();
  });
  return names;
}

}  // namespace

// Newest first.
std::vector<Date> Validator::published_truths(Date before, int most) {
  std::vector<Date> found;
  std::vector<Date> dates = days_.folders();
  std::reverse(dates.begin(), dates.end());
  for (const Date date : dates) {
    if (std::ssize(found) == most) break;
    if (!(date < before) || date < before.plus_days(-options_.truth_days)) continue;
    if (!days_.is_truth_published(date)) continue;
    // Whoever looks late knows truths that nobody had who committed.
    if (options_.demands_commitments && truth_known_ms(date) >= deadline_ms(before)) continue;
    found.push_back(date);
  }
  return found;
}

// Trains what is missing for as long as there is time, last what sees the labels of the newest
// `labelled` days; false where it was over first.
bool Validator::train_in_time(std::span<const Date> dates, std::span<const std::size_t> missing,
                              std::size_t labelled) {
  const auto end = clock_.now() + options_.reference_time;
  const auto outer = StopScope::current();
  try {
    const StopScope scope(std::make_shared<StopQuestion>(
        [outer, end, this] { return (outer && (*outer)()) || clock_.now() >= end; }));
    if (!missing.empty()) days_.train_models(dates, missing);
    if (labelled > 0) days_.train_labelled_model(dates.first(labelled));
    return true;
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::interrupted) throw;
  }
  throw_if_stop_requested();
  return false;
}

// The names of what the recipe makes of the truths as they are now: of the newest one, two, …, and
// with the labels of addresses that were public.
std::vector<std::string> Validator::train_references(Date before) {
  const std::vector<Date> dates = published_truths(before, options_.reference_days);
  for (const Date date : dates) {
    fetch_snapshot(date);
    days_.fetch_address_labels(date);
    days_.fetch_truth(date);
  }
  const std::vector<std::string> trained = days_.trained_models();
  const auto is_among = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  std::vector<std::size_t> missing;
  std::vector<std::string> current;
  const auto most = static_cast<std::size_t>(options_.reference_days);
  for (const std::size_t days : reference_counts(most, dates.size())) {
    current.push_back(days_.model_name(std::span(dates).first(days)));
    if (!is_among(trained, current.back())) missing.push_back(days);
  }
  const std::vector<std::size_t> counts = reference_counts(most, days_.labelled(dates));
  std::size_t labelled = counts.empty() ? 0 : counts.back();
  if (labelled > 0) {
    current.push_back(days_.labelled_model_name(std::span(dates).first(labelled)));
    if (is_among(trained, current.back())) labelled = 0;
  }
  if (missing.empty() && labelled == 0) return current;
  if (train_in_time(dates, missing, labelled)) return current;
  const std::vector<std::string> there = days_.trained_models();
  std::string left_out;
  for (const std::string& name : current) {
    if (!is_among(there, name)) left_out += (left_out.empty() ? "" : ", ") + name;
  }
  log::warning("--reference-minutes were over: models that anyone has are left out",
               {{"date", before.text()}, {"names", left_out}});
  return current;
}

// Those that were there when the round was first judged: later truth was nobody's then.
std::vector<validation::Reference> Validator::references(const std::string& date, const Day& day,
                                                         Kept kept) {
  auto names = ledger_.references(date);
  if (!names) {
    std::vector<std::string> current;
    try {
      current = train_references(Date::require(date, "round"));
    } catch (const Error& e) {
      if (e.kind() == ErrorKind::interrupted) throw;
      log::warning("no new reference models: followers of the stock recipe may look like copies",
                   {{"date", date}, {"why", e.what()}});
    }
    names = with_last(days_.trained_models(), current);
    ledger_.keep_references(date, *names);
  }
  if (kept == Kept::last) names = last_in_roles(*names);
  std::vector<validation::Reference> references;
  const auto add = [&](const std::string& name, const auto& scores_of) {
    try {
      references.push_back({name, scores_of()});
    } catch (const Error& e) {
      if (e.kind() == ErrorKind::interrupted) throw;
      log::warning("a reference model is passed over", {{"name", name}, {"why", e.what()}});
    }
  };
  for (const std::string& name : days_.given_models()) {
    add(name, [&] { return days_.given_scores(name, day); });
  }
  for (const std::string& name : *names) {
    if (day.labels.empty() && needs_labels(name)) continue;
    add(name, [&] { return days_.trained_scores(name, day); });
  }
  return references;
}

}  // namespace aml::validator
