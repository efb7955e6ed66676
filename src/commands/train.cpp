// aml-miner train --input-dir ./input/2025-10-26 --ground-truth ./ground_truth_2025-10-26.parquet
//     --models-dir ./my_models --version 1.0.0
//
// Trains the three models on one or more days whose truth is known, and writes each with its card.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/log.h"
#include "base/path_identity.h"
#include "base/staged_directory.h"
#include "base/threads.h"
#include "commands/command.h"
#include "commands/option_checks.h"
#include "commands/shared_options.h"
#include "commands/stages.h"
#include "models/model_file.h"
#include "models/train_models.h"
#include "snapshot/snapshot.h"
#include "sot/snapshot.h"

namespace aml::commands {

namespace fs = std::filesystem;

namespace {

struct TrainOptions {
  LabelledDays days;
  std::vector<std::string> holdout_input_dirs;
  std::vector<std::string> holdout_ground_truths;
  std::string models_dir;
  std::string features_dir;
  std::vector<std::string> without;
  known::KnownFiles known;
  std::string memory_limit;
  std::string version = "1.0.0";
  std::vector<std::string> parameters;
  std::size_t search = 0;
  double search_seconds = 0;
  bool second_stage = false;
  bool fallback = false;
  std::int64_t max_rows = snapshot::kMaxRows;
  int threads = 0;
};

using Days = std::vector<std::unique_ptr<models::TrainingDay>>;

// Which days were named. One that is there twice would count twice, and one that was learned from
// would flatter the model that it judges.
class NamedDays {
 public:
  // Before the day is read: by its folder, and by what its META.json says.
  void name(const fs::path& input_dir) {
    note(resolved_path(input_dir).string(), {}, input_dir, /*is_new=*/true);
    const fs::path file = input_dir / sot::kMetaFile;
    if (!path_exists(file)) return;
    const sot::SnapshotMeta meta =
        sot::SnapshotMeta::parse(read_file(file, sot::kMostMetaBytes), file.string());
    note(kind_of(meta.network, meta.processing_date, meta.window_days), meta.processing_date,
         input_dir, /*is_new=*/true);
  }

  // Once it is read: by what its rows say and hold, too.
  void add(const fs::path& input_dir, const features::SnapshotFeatures& day) {
    note(kind_of(day.network, day.processing_date, day.window_days), day.processing_date, input_dir,
         /*is_new=*/false);
    note(day.snapshot_sha256, day.processing_date, input_dir, /*is_new=*/false);
  }

 private:
  // Which snapshot it is. Empty where that is not said: days of two networks may have one date.
  static std::string kind_of(const std::string& network, const std::string& date,
                             std::int64_t window_days) {
    if (network.empty() || date.empty() || window_days == 0) return "";
    return fmt::format("{} {} {}", network, date, window_days);
  }

  // `is_new`: where the folder's own earlier key is another day's, too.
  void note(const std::string& key, const std::string& date, const fs::path& input_dir,
            bool is_new) {
    if (key.empty()) return;
    const auto [first, was_new] = folder_of_.emplace(key, input_dir);
    if (was_new || (!is_new && first->second == input_dir)) return;
    throw Error(
        ErrorKind::usage,
        fmt::format("{} and {} are the same day{}: name each day once, either by "
                    "--input-dir or by --holdout-input-dir",
                    first->second.string(), input_dir.string(), date.empty() ? "" : ", " + date));
  }

  std::map<std::string, fs::path> folder_of_;
};

Days read_days(const TrainOptions& options, const std::vector<std::string>& input_dirs,
               const std::vector<std::string>& ground_truths, NamedDays& named) {
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
    named.add(input_dirs[i], days.back()->features);
  }
  return days;
}

// Models and cards are moved into a folder that may hold other models, one file after the other and
// each whole; the card follows its model.
void install(const fs::path& from, const fs::path& to, const std::string& version) {
  make_folders(to);
  std::vector<const char*> tasks(models::kTasks.begin(), models::kTasks.end());
  // The alert scorer comes after the first stage that it asks for.
  for (const char* task : {models::kFallbackScorer, models::kAddressScorer}) {
    if (path_exists(from / models::model_file_name(task, version))) {
      tasks.insert(tasks.begin(), task);
    }
  }
  for (const char* task : tasks) {
    for (const std::string& name :
         {models::model_file_name(task, version), models::card_file_name(task, version)}) {
      copy_file_atomically(from / name, to / name);
    }
  }
}

void check_options(const TrainOptions& options) {
  options.days.check();
  if (options.holdout_input_dirs.size() != options.holdout_ground_truths.size()) {
    throw Error(ErrorKind::usage,
                "name one --holdout-ground-truth per --holdout-input-dir, in the same order");
  }
  if (options.search_seconds > 0 && options.search == 0) {
    throw Error(ErrorKind::usage,
                "--search-seconds bounds a search: say how many trials by --search");
  }
  if (!models::is_version(options.version)) {
    throw Error(ErrorKind::usage, "--version " + options.version + " is no version such as 1.0.0");
  }
  std::ignore = models::parse_parameters(options.parameters);
}

models::SearchOptions search_options(const TrainOptions& options, const fs::path& models_dir) {
  models::SearchOptions search;
  search.trials = options.search;
  if (options.search == 0) return search;
  search.trials_file = models_dir / ("search_v" + options.version + ".json");
  if (options.search_seconds > 0) search.seconds = options.search_seconds;
  return search;
}

void train(TrainOptions options) {
  check_options(options);
  const models::LightGbmParameters parameters = models::parse_parameters(options.parameters);
  if (options.threads == 0) options.threads = available_processors();
  Stages stages;
  const fs::path models_dir = absolute_path(options.models_dir);
  StagedDirectory staging(models_dir / "new");

  Days holdout;
  NamedDays named;
  for (const auto* folders : {&options.days.input_dirs, &options.holdout_input_dirs}) {
    for (const std::string& folder : *folders) named.name(folder);
  }
  const Days days = stages.run("features", [&] {
    return read_days(options, options.days.input_dirs, options.days.ground_truths, named);
  });
  stages.run("holdout_features", [&] {
    holdout = read_days(options, options.holdout_input_dirs, options.holdout_ground_truths, named);
  });
  stages.run("train", [&] {
    models::train_models(days, holdout,
                         {.version = options.version,
                          .parameters = parameters,
                          .search = search_options(options, models_dir),
                          .threads = options.threads,
                          .fallback = options.fallback},
                         staging.path());
  });
  stages.run("install", [&] { install(staging.path(), models_dir, options.version); });
  log::info("models written", {{"models_dir", models_dir.string()},
                               {"version", options.version},
                               {"seconds", stages.total_ms() / 1000}});
}

void declare_options(CLI::App& app, TrainOptions& options) {
  declare_labelled_days(app, options.days, "Folder of a day's snapshot", "AML_TRAIN_INPUT_DIR");
  app.add_option("--holdout-input-dir", options.holdout_input_dirs,
                 "Folder of a day to judge the models on, not trained on")
      ->option_text("DIR ...")
      ->envname("AML_HOLDOUT_INPUT_DIR");
  app.add_option("--holdout-ground-truth", options.holdout_ground_truths,
                 "Ground truth of a held-out day, one per --holdout-input-dir")
      ->option_text("FILE ...")
      ->envname("AML_HOLDOUT_GROUND_TRUTH");
  app.add_option("--models-dir", options.models_dir, "Folder that gets the models and their cards")
      ->required()
      ->option_text("DIR")
      ->envname("AML_TRAIN_MODELS_DIR");
  app.add_option("--version", options.version, "Version in the models' file names (default: 1.0.0)")
      ->option_text("VERSION")
      ->envname("AML_MODEL_VERSION");
  app.add_option("--param", options.parameters,
                 "A LightGBM parameter in place of the recipe's, such as num_leaves=15; repeat for "
                 "several")
      ->option_text("KEY=VALUE ...")
      ->envname("AML_TRAIN_PARAM");
  app.add_option("--search", options.search,
                 "Try so many sets of parameters, the recipe's first, on days that the calibration "
                 "is not made of, and train with the best")
      ->check(CLI::Range(std::size_t{1}, models::kMostTrials))
      ->option_text("N")
      ->envname("AML_TRAIN_SEARCH");
  app.add_option("--search-seconds", options.search_seconds,
                 "Begin no trial later than so many seconds after the first")
      ->check(CLI::Range(1.0, 1e7))
      ->option_text("SECONDS")
      ->envname("AML_TRAIN_SEARCH_SECONDS");
  app.add_flag("--second-stage", options.second_stage,
               "Train a first model of addresses, too, whose scores the alerts' models see")
      ->envname("AML_TRAIN_SECOND_STAGE");
  app.add_flag("--fallback", options.fallback,
               "Train a fallback scorer, too: of what holds anywhere, for days that are foreign to "
               "the alert scorer")
      ->envname("AML_TRAIN_FALLBACK");
  declare_features_dir(app, options.features_dir);
  declare_without(app, options.without);
  declare_known_files(app, options.known);
  declare_threads(app, options.threads);
  declare_memory_limit(app, options.memory_limit, "Memory for the feature SQL");
  declare_max_rows(app, options.max_rows);
}

}  // namespace

void check_train_words(const std::vector<std::string>& words, Look /*look*/) {
  TrainOptions options;
  parse_words([&](CLI::App& app) { declare_options(app, options); }, words);
  check_options(options);
}

Action declare_train(CLI::App& app) {
  const auto options = std::make_shared<TrainOptions>();
  declare_options(app, *options);
  return [options] { train(*options); };
}

}  // namespace aml::commands
