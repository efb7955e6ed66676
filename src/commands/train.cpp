// aml-miner train --input-dir ./input/2025-10-26 --ground-truth ./ground_truth_2025-10-26.parquet
//     --models-dir ./my_models --version 1.0.0
//
// Trains the three models on one or more days whose truth is known, and writes each with its card.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/log.h"
#include "base/staged_directory.h"
#include "base/threads.h"
#include "commands/command.h"
#include "commands/shared_options.h"
#include "commands/stages.h"
#include "models/model_file.h"
#include "models/train_models.h"
#include "snapshot/snapshot.h"

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
  std::vector<std::string> without;
  known::KnownFiles known;
  std::string memory_limit;
  std::string version = "1.0.0";
  std::vector<std::string> parameters;
  bool second_stage = false;
  std::int64_t max_rows = snapshot::kMaxRows;
  int threads = 0;
};

using Days = std::vector<std::unique_ptr<models::TrainingDay>>;

Days read_days(const TrainOptions& options, const std::vector<std::string>& input_dirs,
               const std::vector<std::string>& ground_truths) {
  Days days;
  for (std::size_t i = 0; i < input_dirs.size(); ++i) {
    throw_if_stop_requested();
    days.push_back(models::read_training_day(
        {.directory = input_dirs[i],
         .threads = options.threads,
         .memory_limit = options.memory_limit,
         .max_rows = options.max_rows},
        {.features_dir = options.features_dir, .without = options.without, .known = options.known},
        ground_truths[i],
        options.second_stage && !features::leaves_out_first_stage(options.without)));
  }
  return days;
}

// Models and cards are moved into a folder that may hold other models, one file after the other and
// each whole; the card follows its model.
void install(const fs::path& from, const fs::path& to, const std::string& version) {
  make_folders(to);
  std::vector<const char*> tasks(models::kTasks.begin(), models::kTasks.end());
  // The alert scorer comes after the first stage that it asks for.
  if (path_exists(from / models::model_file_name(models::kAddressScorer, version))) {
    tasks.insert(tasks.begin(), models::kAddressScorer);
  }
  for (const char* task : tasks) {
    for (const std::string& name :
         {models::model_file_name(task, version), models::card_file_name(task, version)}) {
      copy_file_atomically(from / name, to / name);
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
  const models::LightGbmParameters parameters = models::parse_parameters(options.parameters);
  if (options.threads == 0) options.threads = available_processors();
  Stages stages;
  const fs::path models_dir = absolute_path(options.models_dir);
  StagedDirectory staging(models_dir / "new");

  Days holdout;
  const Days days = stages.run(
      "features", [&] { return read_days(options, options.input_dirs, options.ground_truths); });
  stages.run("holdout_features", [&] {
    holdout = read_days(options, options.holdout_input_dirs, options.holdout_ground_truths);
  });
  stages.run("train", [&] {
    models::train_models(
        days, holdout,
        {.version = options.version, .parameters = parameters, .threads = options.threads},
        staging.path());
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
  app.add_option("--param", options->parameters,
                 "A LightGBM parameter in place of the recipe's, such as num_leaves=15; repeat for "
                 "several")
      ->option_text("KEY=VALUE ...")
      ->envname("AML_TRAIN_PARAM");
  app.add_flag("--second-stage", options->second_stage,
               "Train a first model of addresses, too, whose scores the alerts' models see")
      ->envname("AML_TRAIN_SECOND_STAGE");
  declare_features_dir(app, options->features_dir);
  declare_without(app, options->without);
  declare_known_files(app, options->known);
  declare_threads(app, options->threads);
  declare_memory_limit(app, options->memory_limit, "Memory for the feature SQL");
  declare_max_rows(app, options->max_rows);
  return [options] { train(*options); };
}

}  // namespace aml::commands
