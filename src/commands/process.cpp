// aml-miner process --input-dir ./input/2025-10-26 --output-dir ./output/2025-10-26
//
// Scores one day's batch: features by SQL, three models, and a folder of results that appears whole
// or not at all.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/date.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/log.h"
#include "base/staged_directory.h"
#include "base/threads.h"
#include "commands/command.h"
#include "commands/day_scoring.h"
#include "commands/foreign_day.h"
#include "commands/option_checks.h"
#include "commands/output_folder.h"
#include "commands/shadow.h"
#include "commands/shared_options.h"
#include "commands/stages.h"
#include "commands/task_models.h"
#include "features/elsewhere.h"
#include "features/feature_list.h"
#include "features/feature_sql.h"
#include "models/model_file.h"
#include "results/metadata.h"
#include "results/reader.h"
#include "results/retention.h"
#include "results/writer.h"
#include "scoring/day_fit.h"
#include "scoring/first_stage.h"
#include "scoring/scoring.h"
#include "snapshot/snapshot.h"
#include "sot/snapshot.h"

namespace aml::commands {

namespace fs = std::filesystem;

namespace {

struct ProcessOptions {
  std::string input_dir;
  std::string output_dir;
  std::string models_dir;
  std::string model_version;
  std::string shadow;
  std::string on_foreign = kOnForeignStock;
  std::string features_dir;
  std::vector<std::string> without;
  known::KnownFiles known;
  bool check_ranges = false;
  std::string memory_limit;
  std::string spill_limit;
  std::string write_matrix;
  std::string groups_dir;
  std::int64_t max_rows = snapshot::kMaxRows;
  int threads = 0;
  bool force = false;
  int retention_days = 90;
  std::size_t top_features = 10;
  std::size_t full_explanations = 200;
  std::size_t counterfactuals = 0;
};

// The groups that another engine has made, if any.
using Elsewhere = std::optional<features::GroupsElsewhere>;

DayInput build_features(const ProcessOptions& options, const Elsewhere& elsewhere,
                        scoring::FirstStage* first_stage, const fs::path& spill) {
  snapshot::Snapshot snapshot({.directory = options.input_dir,
                               .threads = options.threads,
                               .memory_limit = options.memory_limit,
                               .temp_dir = spill,
                               .spill_limit = options.spill_limit,
                               .max_rows = options.max_rows});
  features::BuildOptions building{.features_dir = options.features_dir,
                                  .without = options.without,
                                  .check_ranges = options.check_ranges,
                                  .known = options.known,
                                  .known_addresses = true};
  if (first_stage != nullptr) {
    if (options.full_explanations > 0) first_stage->keep_addresses();
    building.visit_addresses = first_stage->visitor();
  }
  DayInput day;
  day.features = elsewhere ? features::build_of_groups(snapshot, building, *elsewhere)
                           : features::build(snapshot, building);
  day.facts = models::read_alert_facts(snapshot, day.features.alerts, day.features.clusters);
  if (first_stage != nullptr) first_stage->add_to(day.facts, day.features);
  return day;
}

void compare_feature_sql(features::SnapshotFeatures& features, TaskModels& models) {
  std::vector<scoring::LoadedModel*> all{&models.alert_scorer, &models.alert_ranker,
                                         &models.cluster_scorer};
  if (models.fallback) all.push_back(&*models.fallback);
  for (scoring::LoadedModel* model : all) {
    scoring::compare_feature_sql(*model, features.feature_sql);
  }
  for (std::string& warning : scoring::feature_sql_warnings({all.begin(), all.end()})) {
    features.warnings.push_back(std::move(warning));
  }
  const std::string other =
      scoring::other_scores_warning(models.cluster_scorer, models.alert_scorer);
  if (!other.empty()) features.warnings.push_back(other);
  if (!models.first_stage) return;
  const std::string other_stage = models.first_stage->other_model_warning(models.alert_scorer);
  if (!other_stage.empty()) features.warnings.push_back(other_stage);
}

results::Metadata describe(const features::SnapshotFeatures& features, const TaskModels& models,
                           const results::Batch& batch, const Stages& stages) {
  results::Metadata metadata;
  metadata.processing_date = features.processing_date;
  metadata.network = features.network;
  metadata.window_days = features.window_days;
  metadata.processed_at = utc_now();
  metadata.input_counts = features.input_rows;
  metadata.output_counts = {{"alerts_scored", std::ssize(batch.alerts)},
                            {"alerts_ranked", std::ssize(batch.ranking)},
                            {"clusters_scored", std::ssize(batch.clusters)}};
  metadata.latencies_ms = stages.latencies_ms();
  for (const auto& [stage, ms] : features.stage_ms) metadata.latencies_ms["features." + stage] = ms;
  metadata.total_latency_ms = stages.total_ms();
  metadata.models = {{models::kAlertScorer, models.alert_scorer.record},
                     {models::kAlertRanker, models.alert_ranker.record},
                     {models::kClusterScorer, models.cluster_scorer.record}};
  if (models.first_stage) {
    metadata.models[models::kAddressScorer] = models.first_stage->model().record;
  }
  metadata.snapshot_sha256 = features.snapshot_sha256;
  metadata.input_sha256 = features.input_sha256;
  metadata.feature_sql_sha256 = features.feature_sql.files;
  metadata.whole_feature_sql_sha256 = features.feature_sql.whole;
  metadata.feature_groups = features.groups;
  metadata.feature_groups_left_out = features.groups_left_out();
  metadata.program_version = AML_VERSION;
  metadata.warnings = features.warnings;
  metadata.unreadable = features.unreadable;
  metadata.flow_counts = features.flow_counts;
  for (const known::KnownFile& file : features.known_files) {
    metadata.known_files.push_back(
        {file.file, file.kind, file.sha256, file.known_since, file.rows});
  }
  return metadata;
}

// Everything of a batch but what publishes it. `add_shadow` puts what another version says into the
// metadata.
template <typename AddShadow>
void write_batch(const fs::path& folder, const features::SnapshotFeatures& features,
                 const TaskModels& models, const ScoredDay& scored, const Elsewhere& elsewhere,
                 Stages& stages, AddShadow add_shadow) {
  stages.run("write", [&] { results::write_tables(folder, scored.batch); });
  write_file_atomically(
      folder / results::kFeaturesFile,
      features::registry_as_json(features.registry, features.alerts, features.clusters));
  write_file_atomically(folder / results::kModelCardsFile, cards_of(models));
  if (features.known_addresses) {
    write_file_atomically(folder / results::kKnownAddressesFile, *features.known_addresses);
  }
  results::Metadata metadata = describe(features, models, scored.batch, stages);
  metadata.fit = scored.fit;
  if (elsewhere) metadata.engine = elsewhere->told(scored.rows_elsewhere);
  add_shadow(metadata);
  results::write_metadata(folder, metadata);
}

// Retention is for output roots: where the folder is not named after its day, its parent is none.
void retire(const fs::path& output, int retention_days) {
  const std::optional<Date> date = results::batch_date(output);
  if (!date) {
    log::warning("serve does not find this batch: its folder is not named after its day",
                 {{"output_dir", output.string()}});
    return;
  }
  if (!is_below(output, output.parent_path())) {
    log::warning("serve refuses this batch: its folder is a link that leads out of the output root",
                 {{"output_dir", output.string()}});
  }
  for (const Date old : results::remove_old_batches(output.parent_path(), retention_days, *date)) {
    log::info("removed old batch", {{"processing_date", old.text()}});
  }
}

void check(const ProcessOptions& options, Look look) {
  if (!options.model_version.empty() && !models::is_version(options.model_version)) {
    throw Error(ErrorKind::usage,
                "--model-version " + options.model_version + " is no version such as 1.0.0");
  }
  check_shadow(options.shadow);
  if (!options.features_dir.empty() && look == Look::options) return;
  std::ignore =
      features::prepare_sql(options.features_dir.empty() ? features::built_in_sql()
                                                         : features::read_sql(options.features_dir),
                            features::groups_of_sql(options.without), options.known.any());
}

void process(ProcessOptions options) {
  check(options, Look::options);
  if (options.threads == 0) options.threads = available_processors();
  const Elsewhere elsewhere = features::read_groups_elsewhere(options.groups_dir);
  const fs::path output = absolute_path(options.output_dir);
  Stages stages;

  StagedDirectory::recover(output);
  const std::optional<sot::SnapshotKind> earlier = earlier_batch(output);
  const auto refuse_other_kind = [&](const sot::SnapshotKind& wanted) {
    if (earlier && !options.force) sot::require_same_kind(output, *earlier, wanted);
  };
  refuse_other_kind(sot::kind_in(options.input_dir).value_or(sot::SnapshotKind{}));
  StagedDirectory staging(output);
  const fs::path spill = staging.path() / "spill";
  make_folders(spill);

  TaskModels models = stages.run("load_models", [&] {
    return load_task_models(models::find_models_dir(options.models_dir), options.input_dir,
                            options.without, options.model_version, options.on_foreign);
  });
  auto shadow = load_shadow(options.shadow, models, options.without);
  DayInput day = stages.run("features", [&] {
    return build_features(options, elsewhere, models.first_stage.get(), spill);
  });
  features::SnapshotFeatures& features = day.features;
  refuse_other_day(output, features.processing_date);
  refuse_other_kind({features.network, features.window_days});
  compare_feature_sql(features, models);
  for (const std::string& warning : features.warnings) log::warning(warning);
  drop_unmatched_shadow(features.alerts, shadow);

  const ScoringChoices choices{.threads = options.threads,
                               .top_features = options.top_features,
                               .full_explanations = options.full_explanations,
                               .counterfactuals = options.counterfactuals,
                               .write_matrix = options.write_matrix,
                               .groups_dir = options.groups_dir};
  const ScoredDay scored = score_day(day, models, choices, staging.path(), stages);
  write_batch(staging.path(), features, models, scored, elsewhere, stages, [&](auto& metadata) {
    if (!shadow) return;
    metadata.shadow =
        score_shadow(features.alerts, *shadow, scored.batch.alerts, models.alert_scorer.record.file,
                     options.threads, staging.path());
  });
  remove_tree(spill);
  throw_if_stop_requested();
  stages.run("publish", [&] { staging.publish(); });
  retire(output, options.retention_days);
  log::info("processed", {{"processing_date", features.processing_date},
                          {"alerts", std::ssize(scored.batch.alerts)},
                          {"clusters", std::ssize(scored.batch.clusters)},
                          {"seconds", stages.total_ms() / 1000},
                          {"output_dir", output.string()}});
}

// How matrices leave and enter.
void declare_matrices(CLI::App& app, ProcessOptions& options) {
  app.add_option("--write-matrix", options.write_matrix,
                 "Also write the feature matrices as Parquet files into this folder")
      ->option_text("DIR")
      ->envname("AML_WRITE_MATRIX");
  app.add_option(
         "--groups-dir", options.groups_dir,
         "Read the groups of features, which another engine has made of what `sql` prints, and "
         "the alerts that it has scored")
      ->option_text("DIR")
      ->envname("AML_GROUPS_DIR");
}

void declare_options(CLI::App& app, ProcessOptions& options) {
  declare_input_dir(app, options.input_dir);
  app.add_option("--output-dir", options.output_dir,
                 "Folder of the results, named after the day; an earlier batch in it is replaced")
      ->required()
      ->option_text("DIR")
      ->envname("AML_OUTPUT_DIR");
  declare_models_dir(
      app, options.models_dir,
      "Folder of the three models (default: trained_models here or beside the program)");
  app.add_option("--model-version", options.model_version,
                 "Version of the models (default: the highest of each)")
      ->option_text("VERSION")
      ->envname("AML_PROCESS_MODEL_VERSION");
  declare_shadow(app, options.shadow);
  declare_on_foreign(app, options.on_foreign);
  declare_force(app, options.force, "batch");
  declare_features_dir(app, options.features_dir);
  declare_without(app, options.without);
  declare_known_files(app, options.known);
  app.add_flag("--check-ranges", options.check_ranges,
               "Refuse a snapshot in which a feature is outside the range that its SQL states")
      ->envname("AML_CHECK_RANGES");
  declare_threads(app, options.threads);
  declare_memory_limit(app, options.memory_limit,
                       "Memory for the feature SQL, which spills to disk beyond it");
  app.add_option("--spill-limit", options.spill_limit,
                 "Disk for what spills, such as 100GB (default: nine tenths of what is free)")
      ->option_text("SIZE")
      ->envname("AML_SPILL_LIMIT");
  declare_max_rows(app, options.max_rows);
  app.add_option("--retention-days", options.retention_days,
                 "Remove batches so many days older than the newest one (default: 90; 0: none)")
      ->check(CLI::Range(0, 36500))
      ->option_text("N")
      ->envname("AML_RETENTION_DAYS");
  app.add_option("--top-features", options.top_features,
                 "Features named in each explanation (default: 10)")
      ->check(CLI::Range(0, 10000))
      ->option_text("N")
      ->envname("AML_TOP_FEATURES");
  app.add_option("--full-explanations", options.full_explanations,
                 "First ranks whose explanations leave at most a tenth unnamed (default: 200, at "
                 "most one alert in a hundred)")
      ->check(CLI::Range(0, 10000))
      ->option_text("N")
      ->envname("AML_FULL_EXPLANATIONS");
  app.add_option("--counterfactuals", options.counterfactuals,
                 "First ranks of which the nearest change is found that would take an alert out of "
                 "them (default: 0, at most 1000)")
      ->check(CLI::Range(0, 1000))
      ->option_text("N")
      ->envname("AML_COUNTERFACTUALS");
  declare_matrices(app, options);
}

}  // namespace

void check_process_words(const std::vector<std::string>& words, Look look) {
  ProcessOptions options;
  parse_words([&](CLI::App& app) { declare_options(app, options); }, words);
  check(options, look);
}

Action declare_process(CLI::App& app) {
  const auto options = std::make_shared<ProcessOptions>();
  declare_options(app, *options);
  return [options] { process(*options); };
}

}  // namespace aml::commands
