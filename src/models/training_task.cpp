#include "models/training_task.h"

#include <fmt/format.h>

#include <cmath>

#include "base/date.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "models/model_card.h"
#include "models/train.h"
#include "sot/snapshot.h"

namespace aml::models {

namespace fs = std::filesystem;

namespace {

// Rounded to what reads well in a card.
double four_digits(double value) { return std::stod(fmt::format("{:.4g}", value)); }

// A ground truth may be named as a file or as the folder that holds it. A folder that has no such
// file is one of part files.
fs::path ground_truth_file(const fs::path& path, const std::string& processing_date) {
  if (!is_folder(path)) return path;
  const fs::path in_folder =
      path / sot::ground_truth_file_name(Date::require(processing_date, "processing_date"));
  return path.extension() == ".parquet" && !path_exists(in_folder) ? path : in_folder;
}

std::vector<LabelledRows> rows_of(TrainingDays days, const TrainingTask& task) {
  std::vector<LabelledRows> rows;
  for (const auto& day : days) rows.push_back((*day).*task.rows);
  return rows;
}

std::vector<DayRecord> records_of(TrainingDays days, const TrainingTask& task) {
  std::vector<DayRecord> records;
  for (const auto& day : days) {
    const LabelledRows& rows = (*day).*task.rows;
    records.push_back({day->features.network, day->features.processing_date,
                       day->features.window_days, day->features.snapshot_sha256, rows.rows.size(),
                       rows.positives()});
  }
  return records;
}

// With fewer of a class its leaves follow single rows: their values grow with every tree, and the
// scores say nothing of other rows.
constexpr std::size_t kFewestOfAClass = 3;

// Negatives per positive; throws where there are too few of either.
double class_balance(const std::vector<LabelledRows>& days, const TrainingTask& task) {
  std::size_t rows = 0;
  std::size_t positives = 0;
  for (const LabelledRows& day : days) {
    rows += day.rows.size();
    positives += day.positives();
  }
  if (positives < kFewestOfAClass || rows - positives < kFewestOfAClass) {
    throw Error(
        ErrorKind::bad_input,
        fmt::format("{} cannot be trained: {} of the {} labelled rows are positive, and both "
                    "classes are needed, at least {} rows of each; add days or check the ground "
                    "truth",
                    task.name, positives, rows, kFewestOfAClass));
  }
  return static_cast<double>(rows - positives) / static_cast<double>(positives);
}

// What of the features the task's rows have: alerts' or clusters'.
void describe_features(const features::SnapshotFeatures& features, const TrainingTask& task,
                       ModelCard& card) {
  const auto kind =
      task.rows == &TrainingDay::clusters ? features::RowKind::cluster : features::RowKind::alert;
  card.feature_sql = features.feature_sql;
  for (const std::string& group : features.groups) {
    if (group.starts_with(features::row_kind_name(kind))) card.feature_groups.push_back(group);
  }
  for (const features::Feature& feature : features.registry) {
    if (feature.row_kind == kind) card.features.push_back(feature);
  }
}

// A trained model judged on `days`. The text is loaded as any other model file is.
Evaluation judge(const fs::path& model_path, TrainingDays days, const TrainingTask& task) {
  const auto model = forest::load_model(model_path);
  return evaluate(*model, model_path, rows_of(days, task), records_of(days, task), task.confidence);
}

// How far the log-odds of all rows must move for the median of the published scores to lie inside
// the bounds; 0 where it does. With few positives even a balanced model puts the median near 0, and
// a validator wants it in [0.1, 0.9]: the bounds leave room for other days.
double shift_into_bounds(double median_raw) {
  constexpr double kLowest = 0.2;
  constexpr double kHighest = 0.8;
  constexpr double kAimFromBelow = 0.3;
  constexpr double kAimFromAbove = 0.7;
  const auto log_odds = [](double score) { return std::log(score / (1 - score)); };
  double shift = 0;
  if (median_raw < log_odds(kLowest)) shift = log_odds(kAimFromBelow) - median_raw;
  if (median_raw > log_odds(kHighest)) shift = log_odds(kAimFromAbove) - median_raw;
  return four_digits(shift);
}

}  // namespace

std::unique_ptr<TrainingDay> read_training_day(const snapshot::SnapshotOptions& options,
                                               const features::BuildOptions& feature_options,
                                               const fs::path& ground_truth) {
  snapshot::Snapshot snapshot(options);
  auto day = std::make_unique<TrainingDay>();
  day->features = features::build(snapshot, feature_options);
  const Labels truth = read_ground_truth(
      ground_truth_file(ground_truth, day->features.processing_date), options.max_rows);
  day->alerts = labelled_rows(day->features.alerts, truth);
  day->clusters = labelled_rows(day->features.clusters, cluster_labels(snapshot, truth));
  log::info("read day", {{"input_dir", options.directory.string()},
                         {"labelled_alerts", std::ssize(day->alerts.rows)},
                         {"sar", day->alerts.positives()},
                         {"labelled_clusters", std::ssize(day->clusters.rows)}});
  return day;
}

void train_task(const TrainingTask& task, TrainingDays days, TrainingDays holdout,
                const std::string& version, const fs::path& directory) {
  const std::vector<LabelledRows> rows = rows_of(days, task);
  const fs::path path = directory / model_file_name(task.name, version);
  ModelCard card;
  card.parameters.objective = task.objective;
  card.parameters.positive_weight = four_digits(class_balance(rows, task));
  std::string text = Trainer(rows).train(card.parameters);
  write_file_atomically(path, text);
  card.on_training_days = judge(path, days, task);
  card.log_odds_shift = shift_into_bounds(card.on_training_days.median_raw);
  if (card.log_odds_shift != 0) {
    text = shift_model(text, card.log_odds_shift);
    write_file_atomically(path, text);
    card.on_training_days = judge(path, days, task);
  }

  card.task = task.name;
  card.version = version;
  card.model_sha256 = hash_text(HashKind::sha256, text);
  card.program_version = AML_VERSION;
  card.training_days = records_of(days, task);
  describe_features(days.front()->features, task, card);
  if (!holdout.empty()) card.held_out = judge(path, holdout, task);
  write_file_atomically(directory / card_file_name(task.name, version), card.to_json());
  const Evaluation& shown = card.held_out ? *card.held_out : card.on_training_days;
  log::info("trained", {{"model", task.name},
                        {"judged_on", card.held_out ? "held-out days" : "training days"},
                        {"auc_roc", shown.auc_roc},
                        {"auc_pr", shown.auc_pr},
                        {"median_score", shown.median_score}});
}

}  // namespace aml::models
