#include "validator/snapshot_days.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/staged_directory.h"
#include "base/threads.h"
#include "models/train_models.h"
#include "sot/download.h"
#include "sot/snapshot.h"

namespace aml::validator {

namespace fs = std::filesystem;

namespace {

constexpr const char* kVersion = "1.0.0";
constexpr std::size_t kDateLength = 10;

std::vector<std::string> models_below(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::path& path : list_folder_if_possible(folder)) {
    std::string name = path.filename().string();
    if (!name.starts_with(".")) names.push_back(std::move(name));
  }
  return names;
}

// What META.json says of a snapshot's files.
std::string contents_of(const fs::path& meta) {
  std::string contents;
  if (!file_size_if_exists(meta)) return contents;
  const auto known = sot::SnapshotMeta::parse(read_file(meta, sot::kMostMetaBytes), meta.string());
  for (const auto& [name, check] : known.files) {
    contents += fmt::format("{} {} {} {}\n", name, check.size.value_or(0), check.md5.value_or(""),
                            check.sha256.value_or(""));
  }
  return contents;
}

std::string hashed_name(const std::string& name, const std::string& inputs) {
  return name + "-" + hash_text(HashKind::sha256, inputs).substr(0, kModelHashDigits);
}

void train(models::TrainingDays days, const fs::path& target, int threads) {
  try {
    StagedDirectory staging(target);
    models::train_alert_scorer(days, {}, {.version = kVersion, .threads = threads}, staging.path());
    staging.publish();
  } catch (const Error& e) {
    // Truth of one class, for example: nobody else can train on it either.
    if (e.kind() != ErrorKind::bad_input) throw;
    log::warning("a reference model cannot be trained",
                 {{"name", target.filename().string()}, {"why", e.what()}});
  }
}

}  // namespace

std::string trained_name(Date newest, std::size_t days) {
  return fmt::format("{}-days-{}", newest.text(), days);
}

std::string DaySource::model_name(std::span<const Date> dates) const {
  return trained_name(dates[0], dates.size());
}

std::string DaySource::labelled_model_name(std::span<const Date> dates) const {
  return trained_name(dates[0], dates.size()) + kLabelsSuffix;
}

SnapshotDays::SnapshotDays(ValidatorOptions options, sot::ObjectStore& store,
                           sot::ObjectStore* labels)
    : options_(std::move(options)),
      store_(store),
      labels_(folder("labels"), options_.network, labels, options_.max_rows) {}

fs::path SnapshotDays::snapshot_folder(const std::string& date) const {
  return folder("snapshots") / date;
}

fs::path SnapshotDays::truth_file(const std::string& date) const {
  return folder("truth") / sot::ground_truth_file_name(Date::require(date, "a truth"));
}

snapshot::SnapshotOptions SnapshotDays::snapshot_options(const std::string& date) const {
  return {.directory = snapshot_folder(date),
          .threads = options_.threads,
          .memory_limit = options_.memory_limit,
          .max_rows = options_.max_rows};
}

std::string SnapshotDays::key(const std::string& date, const std::string& file) const {
  return fmt::format("{}/{}/{}/{}", options_.network, date, options_.window_days, file);
}

bool SnapshotDays::fetch(const std::string& object, const fs::path& file) {
  constexpr std::uint64_t kMostBytes = 268'435'456;
  if (!store_.stat(object)) return false;
  make_folders(file.parent_path());
  write_file_atomically(file, sot::read_object(store_, object, kMostBytes));
  return true;
}

Date SnapshotDays::newest() {
  return sot::latest_date(store_, options_.network, options_.window_days);
}

std::vector<Date> SnapshotDays::folders() {
  std::vector<Date> found;
  for (const std::string& name : store_.folders(options_.network + "/")) {
    if (const auto date = Date::parse(name)) found.push_back(*date);
  }
  return found;
}

bool SnapshotDays::is_published(Date date) {
  return store_.stat(key(date.text(), sot::kAlertsFile)).has_value();
}

bool SnapshotDays::is_truth_published(Date date) {
  return store_.stat(key(date.text(), sot::ground_truth_file_name(date))).has_value();
}

std::optional<std::int64_t> SnapshotDays::written_ms(Date date, const std::string& file) {
  constexpr std::int64_t kMsPerSecond = 1000;
  const auto found = store_.stat(key(date.text(), file));
  if (!found || !found->modified_second) return std::nullopt;
  return *found->modified_second * kMsPerSecond;
}

std::optional<std::int64_t> SnapshotDays::published_ms(Date date) {
  return written_ms(date, sot::kMetaFile);
}

std::optional<std::int64_t> SnapshotDays::truth_published_ms(Date date) {
  return written_ms(date, sot::ground_truth_file_name(date));
}

void SnapshotDays::fetch_snapshot(Date date) {
  const sot::DownloadReport report =
      sot::download({sot::SnapshotId{options_.network, date, options_.window_days},
                     snapshot_folder(date.text()), false, nullptr, options_.connections, true},
                    store_);
  for (const std::string& warning : report.warnings) log::warning(warning);
}

void SnapshotDays::fetch_address_labels(Date date) { labels_.fetch(date); }

bool SnapshotDays::has_snapshot(const std::string& date) const {
  return path_exists(snapshot_folder(date) / sot::kAlertsFile);
}

Day SnapshotDays::day(const std::string& date) const {
  return load_day(snapshot_options(date), options_.models_dir, {.labels = labels_.files(date)});
}

bool SnapshotDays::fetch_truth(Date date) {
  return fetch(key(date.text(), sot::ground_truth_file_name(date)), truth_file(date.text()));
}

bool SnapshotDays::has_truth(const std::string& date) const {
  return path_exists(truth_file(date));
}

std::string SnapshotDays::truth_sha256(const std::string& date) const {
  return hash_file(HashKind::sha256, truth_file(date));
}

std::vector<int> SnapshotDays::labels(const std::string& date,
                                      const validation::AlertIndex& alerts) const {
  return read_labels(truth_file(date), alerts, options_.max_rows);
}

KnownTruth SnapshotDays::known_truth(const std::string& date) const {
  return read_known_truth(snapshot_options(date), truth_file(date));
}

std::vector<validation::PlantedTrap> SnapshotDays::planted_traps(
    const std::string& date, const validation::AlertIndex& alerts) {
  const std::string object = key(date, "pattern_traps_" + date + ".parquet");
  const fs::path file = folder("traps") / (date + ".parquet");
  try {
    // Fetched each time: whoever published a damaged one may have mended it.
    if (!fetch(object, file)) return {};
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::unavailable) throw;
    log::warning("the SOT cannot say whether there are planted traps", {{"why", e.what()}});
    if (!file_size_if_exists(file)) return {};
  }
  try {
    return read_planted_traps(file, alerts, options_.max_rows);
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::bad_input) throw;
    log::warning("the planted traps cannot be read: judged without them", {{"why", e.what()}});
    return {};
  }
}

std::vector<std::string> SnapshotDays::given_models() const {
  return {options_.reference_dirs.begin(), options_.reference_dirs.end()};
}

std::vector<std::string> SnapshotDays::trained_models() const {
  return models_below(folder("references"));
}

// Another program's recipe may be another.
std::string SnapshotDays::recipe_inputs(std::span<const Date> dates) const {
  std::string inputs = fmt::format("aml-miner reference\n{}\n{}{}\n{}\n", AML_VERSION,
                                   models::recipe_text(), options_.network, options_.window_days);
  for (const Date date : dates) {
    inputs += fmt::format("{} {}\n{}", date.text(), truth_sha256(date.text()),
                          contents_of(snapshot_folder(date.text()) / sot::kMetaFile));
  }
  return inputs;
}

std::string SnapshotDays::model_name(std::span<const Date> dates) const {
  return hashed_name(trained_name(dates[0], dates.size()), recipe_inputs(dates));
}

std::string SnapshotDays::labelled_model_name(std::span<const Date> dates) const {
  std::string inputs = recipe_inputs(dates) + "labels\n";
  for (const Date date : dates) {
    for (const fs::path& file : labels_.files(date.text())) {
      inputs += fmt::format("{} {}\n", file.filename().string(), hash_file(HashKind::sha256, file));
    }
  }
  return hashed_name(DaySource::labelled_model_name(dates), inputs);
}

void SnapshotDays::train_each(std::span<const Date> dates, std::span<const std::size_t> counts,
                              const KnownOf& known_of, const NameOf& name_of) {
  std::vector<std::unique_ptr<models::TrainingDay>> days;
  std::size_t alerts = 0;
  const auto is_too_much = [&] { return days.size() > 1 && alerts > options_.reference_alerts; };
  // One after the other, each with all threads: whoever has no time for all has the newest.
  for (const std::size_t count : counts) {
    while (days.size() < count && !is_too_much()) {
      throw_if_stop_requested();
      const Date date = dates[days.size()];
      days.push_back(models::read_training_day(snapshot_options(date.text()),
                                               {.known = known_of(date)}, folder("truth")));
      alerts += days.back()->alerts.rows.size();
    }
    if (is_too_much()) {
      log::warning("models that anyone has are left out: their days have too many alerts",
                   {{"from", trained_name(dates[0], count)},
                    {"days_read", std::ssize(days)},
                    {"alerts", static_cast<std::int64_t>(alerts)},
                    {"most", static_cast<std::int64_t>(options_.reference_alerts)}});
      return;
    }
    throw_if_stop_requested();
    train(days, folder("references") / name_of(dates.first(count)), options_.threads);
  }
}

void SnapshotDays::train_models(std::span<const Date> dates, std::span<const std::size_t> counts) {
  train_each(
      dates, counts, [](Date) { return known::KnownFiles{}; },
      [this](std::span<const Date> of) { return model_name(of); });
}

std::size_t SnapshotDays::labelled(std::span<const Date> dates) const {
  const auto has_none = [&](Date date) { return labels_.files(date.text()).empty(); };
  return static_cast<std::size_t>(std::find_if(dates.begin(), dates.end(), has_none) -
                                  dates.begin());
}

void SnapshotDays::train_labelled_model(std::span<const Date> dates) {
  const std::size_t all = dates.size();
  train_each(
      dates, std::span(&all, 1),
      [this](Date date) { return known::KnownFiles{.labels = labels_.files(date.text())}; },
      [this](std::span<const Date> of) { return labelled_model_name(of); });
}

std::vector<double> SnapshotDays::given_scores(const std::string& name, const Day& day) const {
  return score_alerts(day.matrix, name, options_.threads);
}

std::vector<double> SnapshotDays::trained_scores(const std::string& name, const Day& day) const {
  return score_alerts(day.matrix, folder("references") / name, options_.threads);
}

void remove_days_before(const fs::path& folder, Date oldest) {
  for (const fs::path& path : list_folder_if_possible(folder)) {
    const auto date = Date::parse(path.filename().string());
    if (date && *date < oldest) try_remove_tree(path);
  }
}

void SnapshotDays::remove_before(Date oldest) {
  labels_.remove_before(oldest);
  remove_days_before(folder("snapshots"), oldest);
  for (const std::string& name : trained_models()) {
    const auto trained = Date::parse(name.substr(0, kDateLength));
    if (trained && *trained < oldest) try_remove_tree(folder("references") / name);
  }
}

}  // namespace aml::validator
