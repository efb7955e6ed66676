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

#include "base/date.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/log.h"
#include "base/staged_directory.h"
#include "base/threads.h"
#include "commands/command.h"
#include "commands/shared_options.h"
#include "commands/stages.h"
#include "features/build.h"
#include "features/feature_list.h"
#include "models/model_file.h"
#include "results/matrix_writer.h"
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
  std::string features_dir;
  std::vector<std::string> without;
  known::KnownFiles known;
  bool check_ranges = false;
  std::string memory_limit;
  std::string write_matrix;
  std::int64_t max_rows = snapshot::kMaxRows;
  int threads = 0;
  bool force = false;
  int retention_days = 90;
  std::size_t top_features = 10;
};

struct TaskModels {
  scoring::LoadedModel alert_scorer;
  scoring::LoadedModel alert_ranker;
  scoring::LoadedModel cluster_scorer;
  std::unique_ptr<scoring::FirstStage> first_stage{};  // where a model sees one
};

// The models of the snapshot's network where there are any, by its META.json.
TaskModels load_models(const ProcessOptions& options) {
  const fs::path general = models::find_models_dir(options.models_dir);
  const auto kind = sot::kind_in(options.input_dir);
  const fs::path directory = models::models_of_network(general, kind ? kind->network : "");
  if (directory != general) {
    log::info("models of this network", {{"models_dir", directory.string()}});
  }
  const std::string& version = options.model_version;
  TaskModels models{scoring::load_task_model(directory, models::kAlertScorer, version),
                    scoring::load_task_model(directory, models::kAlertRanker, version),
                    scoring::load_task_model(directory, models::kClusterScorer, version)};
  const forest::Model* const of_alerts[] = {models.alert_scorer.model.get(),
                                            models.alert_ranker.model.get()};
  models.first_stage = scoring::FirstStage::load(directory, of_alerts, options.without, version);
  return models;
}

// Publishing replaces the folder, so it must hold nothing but an earlier batch: what it holds, or
// nothing where it is empty.
std::optional<sot::SnapshotKind> earlier_batch(const fs::path& output) {
  if (!path_exists(output)) return std::nullopt;
  if (!is_folder(output)) {
    throw Error(ErrorKind::usage, fmt::format("--output-dir {} is a file", output.string()));
  }
  if (list_folder(output).empty()) return std::nullopt;
  try {
    const results::Metadata metadata = results::read_metadata(output);
    return sot::SnapshotKind{metadata.network, metadata.window_days};
  } catch (const Error&) {
    throw Error(
        ErrorKind::usage,
        fmt::format("--output-dir {} holds other files and no batch, and would be replaced; "
                    "name another folder",
                    output.string()));
  }
}

// A folder named after another day would be served as that day's scores.
void refuse_other_day(const fs::path& output, const std::string& processing_date) {
  const std::string name = output.filename().string();
  if (processing_date.empty()) {
    throw Error(ErrorKind::bad_input,
                "the snapshot has no rows that tell its day: write processing_date into META.json");
  }
  if (Date::parse(name) && name != processing_date) {
    throw Error(
        ErrorKind::usage,
        fmt::format("--output-dir {} is named after another day than the snapshot's {}; name "
                    "it {}",
                    output.string(), processing_date,
                    (output.parent_path() / processing_date).string()));
  }
}

// What is known of the day before it is scored.
struct DayInput {
  features::SnapshotFeatures features;
  models::AlertFacts facts;
};

DayInput build_features(const ProcessOptions& options, scoring::FirstStage* first_stage,
                        const fs::path& spill) {
  snapshot::Snapshot snapshot({.directory = options.input_dir,
                               .threads = options.threads,
                               .memory_limit = options.memory_limit,
                               .temp_dir = spill,
                               .max_rows = options.max_rows});
  features::BuildOptions building{.features_dir = options.features_dir,
                                  .without = options.without,
                                  .check_ranges = options.check_ranges,
                                  .known = options.known};
  if (first_stage != nullptr) building.visit_addresses = first_stage->visitor();
  DayInput day;
  day.features = features::build(snapshot, building);
  day.facts = models::read_alert_facts(snapshot, day.features.alerts, day.features.clusters);
  if (first_stage != nullptr) first_stage->add_to(day.facts, day.features);
  return day;
}

void compare_feature_sql(features::SnapshotFeatures& features, TaskModels& models) {
  std::vector<const scoring::LoadedModel*> all;
  for (scoring::LoadedModel* model :
       {&models.alert_scorer, &models.alert_ranker, &models.cluster_scorer}) {
    scoring::compare_feature_sql(*model, features.feature_sql);
    all.push_back(model);
  }
  for (std::string& warning : scoring::feature_sql_warnings(all)) {
    features.warnings.push_back(std::move(warning));
  }
  const std::string other =
      scoring::other_scores_warning(models.cluster_scorer, models.alert_scorer);
  if (!other.empty()) features.warnings.push_back(other);
  if (!models.first_stage) return;
  const std::string other_stage = models.first_stage->other_model_warning(models.alert_scorer);
  if (!other_stage.empty()) features.warnings.push_back(other_stage);
}

// A ranker that is the alert scorer under another name has ranked already, and is explained.
std::vector<results::RankedRow> rank_alerts(const DayInput& day, const TaskModels& models,
                                            const std::vector<results::ScoredRow>& scored,
                                            const ProcessOptions& options) {
  if (models.alert_ranker.record.sha256 == models.alert_scorer.record.sha256) {
    return scoring::rank_rows(scored, /*explains=*/false);
  }
  return scoring::rank_rows(
      scoring::score_rows(day.features.alerts, models.alert_ranker,
                          {options.threads, options.top_features, "rank alerts"}),
      /*explains=*/true);
}

void tell_fit(const results::FitRecord& fit) {
  if (fit.verdict == "familiar") return;
  if (fit.verdict == "unknown") {
    log::info("the alert scorer's card does not say what the days it learned from looked like");
    return;
  }
  std::string reasons;
  for (const std::string& reason : fit.reasons) reasons += (reasons.empty() ? "" : "; ") + reason;
  log::warning(fit.verdict == "foreign"
                   ? "this day is foreign to the alert scorer: what its scores mean is not known"
                   : "this day drifts from those that the alert scorer learned from",
               {{"fit", fit.verdict}, {"reasons", reasons}});
}

void tell_sanctioned(const std::vector<std::string>& alert_ids) {
  if (alert_ids.empty()) return;
  log::warning("alerts about sanctioned addresses, whatever their scores",
               {{"alerts", std::ssize(alert_ids)}, {"first", alert_ids.front()}});
}

void write_matrices(const std::string& directory, const features::SnapshotFeatures& features) {
  make_folders(directory);
  results::write_matrix(fs::path(directory) / "alert_matrix.parquet", "alert_id", features.alerts);
  results::write_matrix(fs::path(directory) / "cluster_matrix.parquet", "cluster_id",
                        features.clusters);
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
  metadata.feature_groups_left_out = features.alerts.left_out;
  metadata.feature_groups_left_out.insert(metadata.feature_groups_left_out.end(),
                                          features.clusters.left_out.begin(),
                                          features.clusters.left_out.end());
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

void process(ProcessOptions options) {
  if (!options.model_version.empty() && !models::is_version(options.model_version)) {
    throw Error(ErrorKind::usage,
                "--model-version " + options.model_version + " is no version such as 1.0.0");
  }
  if (options.threads == 0) options.threads = available_processors();
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

  TaskModels models = stages.run("load_models", [&] { return load_models(options); });
  DayInput day = stages.run(
      "features", [&] { return build_features(options, models.first_stage.get(), spill); });
  features::SnapshotFeatures& features = day.features;
  refuse_other_day(output, features.processing_date);
  refuse_other_kind({features.network, features.window_days});
  compare_feature_sql(features, models);
  for (const std::string& warning : features.warnings) log::warning(warning);

  results::Batch batch;
  batch.alerts = stages.run("score_alerts", [&] {
    return scoring::score_rows(features.alerts, models.alert_scorer,
                               {options.threads, options.top_features, "score alerts"});
  });
  batch.ranking =
      stages.run("rank_alerts", [&] { return rank_alerts(day, models, batch.alerts, options); });
  if (features.sanctioned_alerts) {
    results::mark_sanctioned(batch.alerts, batch.ranking, *features.sanctioned_alerts);
    tell_sanctioned(*features.sanctioned_alerts);
  }
  scoring::add_scores_to_clusters(day.facts, scoring::probabilities_of(batch.alerts), features);
  if (!options.write_matrix.empty()) {
    stages.run("write_matrix", [&] { write_matrices(options.write_matrix, features); });
  }
  batch.clusters = stages.run("score_clusters", [&] {
    return scoring::score_rows(features.clusters, models.cluster_scorer,
                               {options.threads, options.top_features, "score clusters"});
  });

  const results::FitRecord fit = stages.run("fit", [&] {
    return scoring::fit_of_day(models.alert_scorer, features, day.facts, batch.alerts);
  });
  tell_fit(fit);
  stages.run("write", [&] { results::write_tables(staging.path(), batch); });
  write_file_atomically(staging.path() / results::kFeaturesFile,
                        features::registry_as_json(features.registry));
  results::Metadata metadata = describe(features, models, batch, stages);
  metadata.fit = fit;
  results::write_metadata(staging.path(), metadata);
  remove_tree(spill);
  throw_if_stop_requested();
  stages.run("publish", [&] { staging.publish(); });
  retire(output, options.retention_days);
  log::info("processed", {{"processing_date", features.processing_date},
                          {"alerts", std::ssize(batch.alerts)},
                          {"clusters", std::ssize(batch.clusters)},
                          {"seconds", stages.total_ms() / 1000},
                          {"output_dir", output.string()}});
}

}  // namespace

Action declare_process(CLI::App& app) {
  const auto options = std::make_shared<ProcessOptions>();
  declare_input_dir(app, options->input_dir);
  app.add_option("--output-dir", options->output_dir,
                 "Folder of the results, named after the day; an earlier batch in it is replaced")
      ->required()
      ->option_text("DIR")
      ->envname("AML_OUTPUT_DIR");
  declare_models_dir(
      app, options->models_dir,
      "Folder of the three models (default: trained_models here or beside the program)");
  app.add_option("--model-version", options->model_version,
                 "Version of the models (default: the highest of each)")
      ->option_text("VERSION")
      ->envname("AML_PROCESS_MODEL_VERSION");
  declare_force(app, options->force, "batch");
  declare_features_dir(app, options->features_dir);
  declare_without(app, options->without);
  declare_known_files(app, options->known);
  app.add_flag("--check-ranges", options->check_ranges,
               "Refuse a snapshot in which a feature is outside the range that its SQL states")
      ->envname("AML_CHECK_RANGES");
  declare_threads(app, options->threads);
  declare_memory_limit(app, options->memory_limit,
                       "Memory for the feature SQL, which spills to disk beyond it");
  declare_max_rows(app, options->max_rows);
  app.add_option("--retention-days", options->retention_days,
                 "Remove batches so many days older than the newest one (default: 90; 0: none)")
      ->check(CLI::Range(0, 36500))
      ->option_text("N")
      ->envname("AML_RETENTION_DAYS");
  app.add_option("--top-features", options->top_features,
                 "Features named in each explanation (default: 10)")
      ->check(CLI::Range(0, 10000))
      ->option_text("N")
      ->envname("AML_TOP_FEATURES");
  app.add_option("--write-matrix", options->write_matrix,
                 "Also write the feature matrices as Parquet files into this folder")
      ->option_text("DIR")
      ->envname("AML_WRITE_MATRIX");
  return [options] { process(*options); };
}

}  // namespace aml::commands
