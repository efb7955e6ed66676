// Models that anyone can make because the data are public: what the stock recipe (`aml-miner
// train`) makes of the days whose truth is published. Whoever follows it unchanged has the same
// model as everybody else who does; a validator that did not know the model would take the second
// follower for a copier of the first.
#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "validator/validator.h"

namespace aml::validator {

// Newest first.
std::vector<Date> Validator::published_truths(Date before, int most) {
  std::vector<Date> found;
  std::vector<Date> dates = days_.folders();
  std::reverse(dates.begin(), dates.end());
  for (const Date date : dates) {
    if (std::ssize(found) == most) break;
    if (!(date < before) || date < before.plus_days(-options_.truth_days)) continue;
    if (days_.is_truth_published(date)) found.push_back(date);
  }
  return found;
}

void Validator::train_references(Date before) {
  const std::vector<Date> dates = published_truths(before, options_.reference_days);
  const std::vector<std::string> trained = days_.trained_models();
  std::vector<std::size_t> missing;
  for (std::size_t days = 1; days <= dates.size(); ++days) {
    const auto found = std::find(trained.begin(), trained.end(), trained_name(dates[0], days));
    if (found == trained.end()) missing.push_back(days);
  }
  if (missing.empty()) return;
  for (const Date date : dates) {
    fetch_snapshot(date);
    days_.fetch_truth(date);
  }
  days_.train_models(dates, missing);
}

// Those that were there when the round was first judged: later truth was nobody's then.
std::vector<validation::Reference> Validator::references(const std::string& date, const Day& day) {
  auto names = ledger_.references(date);
  if (!names) {
    try {
      train_references(Date::require(date, "round"));
    } catch (const Error& e) {
      if (e.kind() == ErrorKind::interrupted) throw;
      log::warning("no new reference models: followers of the stock recipe may look like copies",
                   {{"date", date}, {"why", e.what()}});
    }
    names = days_.trained_models();
    ledger_.keep_references(date, *names);
  }
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
    add(name, [&] { return days_.trained_scores(name, day); });
  }
  return references;
}

}  // namespace aml::validator
