// Models that anyone can make because the data are public: what the stock recipe (`aml-miner
// train`) makes of the days whose truth is published. Whoever follows it unchanged has the same
// model as everybody else who does; a validator that did not know the model would take the second
// follower for a copier of the first.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/file_system.h"
#include "base/log.h"
#include "base/staged_directory.h"
#include "base/threads.h"
#include "models/train_models.h"
#include "sot/download.h"
#include "sot/snapshot.h"
#include "validator/validator.h"

namespace aml::validator {

namespace fs = std::filesystem;

namespace {

constexpr const char* kVersion = "1.0.0";
constexpr std::size_t kDateLength = 10;

// "2025-10-26-days-3": trained on the newest three days whose truth is published, of which this is
// the newest.
std::string name_of(Date newest, std::size_t days) {
  return fmt::format("{}-days-{}", newest.text(), days);
}

std::vector<std::string> models_below(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::path& path : list_folder_if_possible(folder)) {
    std::string name = path.filename().string();
    if (!name.starts_with(".")) names.push_back(std::move(name));
  }
  return names;
}

void train(models::TrainingDays days, const fs::path& target) {
  try {
    StagedDirectory staging(target);
    models::train_alert_scorer(days, {}, {.version = kVersion}, staging.path());
    staging.publish();
  } catch (const Error& e) {
    // Truth of one class, for example: nobody else can train on it either.
    if (e.kind() != ErrorKind::bad_input) throw;
    log::warning("a reference model cannot be trained",
                 {{"name", target.filename().string()}, {"why", e.what()}});
  }
}

}  // namespace

// Newest first.
std::vector<Date> Validator::published_truths(Date before, int most) {
  std::vector<Date> found;
  std::vector<std::string> names = store_.folders(options_.network + "/");
  std::reverse(names.begin(), names.end());
  for (const std::string& name : names) {
    if (std::ssize(found) == most) break;
    const auto date = Date::parse(name);
    if (!date || !(*date < before) || *date < before.plus_days(-options_.truth_days)) continue;
    if (store_.stat(key(name, sot::ground_truth_file_name(*date)))) found.push_back(*date);
  }
  return found;
}

void Validator::train_references(Date before) {
  const std::vector<Date> dates = published_truths(before, options_.reference_days);
  std::vector<std::size_t> missing;
  for (std::size_t days = 1; days <= dates.size(); ++days) {
    if (!path_exists(folder("references") / name_of(dates[0], days))) missing.push_back(days);
  }
  if (missing.empty()) return;
  std::vector<std::unique_ptr<models::TrainingDay>> days;
  for (const Date date : dates) {
    throw_if_stop_requested();
    fetch_snapshot(date);
    fetch_truth(date);
    days.push_back(models::read_training_day(snapshot_options(date.text()), {}, folder("truth")));
  }
  parallel_blocks(missing.size(), 1, options_.threads, [&](std::size_t i, std::size_t) {
    throw_if_stop_requested();
    train(models::TrainingDays(days).first(missing[i]),
          folder("references") / name_of(dates[0], missing[i]));
  });
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
    names = models_below(folder("references"));
    ledger_.keep_references(date, *names);
  }
  std::vector<validation::Reference> references;
  const auto add = [&](const std::string& name, const fs::path& directory) {
    try {
      validation::Reference reference;
      reference.name = name;
      reference.scores = score_alerts(day.matrix, directory, options_.threads);
      references.push_back(std::move(reference));
    } catch (const Error& e) {
      if (e.kind() == ErrorKind::interrupted) throw;
      log::warning("a reference model is passed over", {{"name", name}, {"why", e.what()}});
    }
  };
  for (const fs::path& directory : options_.reference_dirs) add(directory.string(), directory);
  for (const std::string& name : *names) add(name, folder("references") / name);
  return references;
}

void Validator::remove_old_references(const std::string& newest) const {
  const Date oldest = Date::require(newest, "round").plus_days(-options_.keep_snapshots);
  for (const std::string& name : models_below(folder("references"))) {
    const auto trained = Date::parse(name.substr(0, kDateLength));
    if (trained && *trained < oldest) try_remove_tree(folder("references") / name);
  }
}

}  // namespace aml::validator
