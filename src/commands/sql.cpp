// aml-miner sql --engine spark --input-dir ./input/2025-10-26
//
// A day's features as SQL, for DuckDB or Spark: the statements that `process` runs, from the same
// definition.
#include "commands/sql.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/date.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/log.h"
#include "base/staged_directory.h"
#include "commands/foreign_day.h"
#include "commands/sql_options.h"
#include "commands/task_models.h"
#include "features/build.h"
#include "features/elsewhere.h"
#include "features/feature_sql.h"
#include "features/run_sql.h"
#include "features/sql_plan.h"
#include "known/known.h"
#include "models/model_file.h"
#include "snapshot/address_parts.h"
#include "snapshot/flow_slices.h"
#include "snapshot/load_sql.h"
#include "snapshot/money_flows.h"
#include "snapshot/snapshot.h"
#include "snapshot/table_writer.h"
#include "sot/snapshot.h"

namespace aml::commands {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using snapshot::Engine;

namespace {

// Tables that the program makes of transfers, and of who is known, and no SQL.
constexpr const char* kGraphTables[] = {"address_flows",   "subject_flows",  "flows",
                                        "known_addresses", "known_subjects", "earlier_alerts"};

// What is printed.
struct Statements {
  Engine engine = Engine::duckdb;
  features::MadeOf made_of;
  std::vector<snapshot::LoadStep> load;
  std::vector<std::string> graph;
  std::vector<snapshot::FlowSlice> slices;  // into which the graph is to be cut
  std::vector<snapshot::GraphStep> joins;   // of what is global in the graph
  int address_parts = 0;                    // into which its addresses are to be cut
  std::vector<features::PlannedStep> steps;
  std::vector<std::string> scorers;  // model files that can score alerts by their groups alone
};

// A name that may be a word of SQL.
std::string quoted_name(Engine engine, const std::string& name) {
  return engine == Engine::spark ? "`" + name + "`" : sql_name(name);
}

std::string as_text(const Statements& all) {
  const char* const create =
      all.engine == Engine::spark ? "CREATE OR REPLACE TEMPORARY VIEW" : "CREATE TABLE";
  std::string text;
  for (const snapshot::LoadStep& step : all.load) {
    text += fmt::format("{} {} AS\n{};\n\n", create, step.table, step.select);
  }
  for (const std::string& table : all.graph) {
    text += fmt::format("-- {}: no SQL makes it; --tables-dir writes it as Parquet\n\n", table);
  }
  for (const features::PlannedStep& planned : all.steps) {
    const features::SqlStep& step = *planned.step;
    text += fmt::format("-- {}{}\n", step.file_name,
                        step.is_group() ? ": the group " + step.table : "");
    if (!step.is_group()) {
      text += fmt::format("{} {} AS\n", create, quoted_name(all.engine, step.table));
    }
    text += fmt::format("{};\n\n", features::statement_of(step));
  }
  return text;
}

// What explanations sum up the group's features by: one family, but for those that are named.
Json families_json(const features::SqlStep& step) {
  Json named = Json::object();
  const std::string family = features::family_of({.row_kind = *step.row_kind, .group = step.group});
  for (const features::Feature& feature : step.features) {
    if (features::family_of(feature) != family) {
      named[feature.name] = features::family_of(feature);
    }
  }
  return {{"family", family}, {"families", named}};
}

Json as_json(const Statements& all, snapshot::Snapshot& snapshot) {
  Json json{{"engine", all.engine == Engine::spark ? "spark" : "duckdb"},
            {"network", snapshot.network()},
            {"processing_date", snapshot.processing_date()},
            {"window_days", snapshot.window_days()},
            {"made_of",
             {{"snapshot_sha256", all.made_of.snapshot_sha256},
              {"whole_feature_sql_sha256", all.made_of.whole_feature_sql_sha256},
              {"alerts", all.made_of.alerts},
              {"clusters", all.made_of.clusters}}},
            {"flow_counts", snapshot.findings().flow_counts},
            {"load", Json::array()},
            {"graph", all.graph},
            {"slices", Json::array()},
            {"joins", Json::array()},
            {"address_parts", all.address_parts},
            {"scorers", all.scorers},
            {"steps", Json::array()}};
  for (const snapshot::FlowSlice& slice : all.slices) {
    json["slices"].push_back(slice.first.text());
  }
  for (const snapshot::LoadStep& step : all.load) {
    json["load"].push_back({{"table", step.table}, {"sql", step.select}});
  }
  for (const snapshot::GraphStep& step : all.joins) {
    json["joins"].push_back(
        {{"table", step.table}, {"is_family", step.is_family}, {"sql", step.select}});
  }
  for (const features::PlannedStep& planned : all.steps) {
    const features::SqlStep& step = *planned.step;
    json["steps"].push_back({{"file", step.file_name},
                             {"table", step.table},
                             {"is_group", step.is_group()},
                             {"sql", features::statement_of(step)}});
    if (step.is_group()) json["steps"].back().update(families_json(step));
  }
  return json;
}

// The alert scorer, and the ranker where it is another. None where they see a first stage, which no
// SQL makes.
std::vector<std::string> files_of_scorers(const SqlOptions& options) {
  const fs::path folder = models::find_models_dir(options.models_dir);
  const TaskModels models =
      load_task_models(folder, options.input_dir, options.without, "", kOnForeignStock);
  if (models.first_stage) return {};
  std::vector<std::string> files{absolute_path(models.alert_scorer.path.string()).string()};
  if (models.alert_ranker.record.sha256 != models.alert_scorer.record.sha256) {
    files.push_back(absolute_path(models.alert_ranker.path.string()).string());
  }
  return files;
}

// Those that `process` will ask. SQL needs no models: where none are named, and those that lie here
// are missing or of no use, there are none.
std::vector<std::string> scorers_of(const SqlOptions& options) {
  try {
    return files_of_scorers(options);
  } catch (const Error& error) {
    const bool is_theirs =
        error.kind() == ErrorKind::not_found || error.kind() == ErrorKind::bad_input;
    if (!is_theirs || !options.models_dir.empty()) throw;
    log::warning("no models are named to score alerts elsewhere", {{"reason", error.what()}});
    return {};
  }
}

// Makes the alerts and clusters to count them.
features::MadeOf made_of(snapshot::Snapshot& snapshot, const features::FeatureSql& sql) {
  snapshot.make(snapshot::Table::alerts);
  snapshot.make(snapshot::Table::clusters);
  return {sot::snapshot_sha256(snapshot.hash_files()), sql.identity.whole,
          snapshot.connection().query_int("SELECT count(*) FROM alerts"),
          snapshot.connection().query_int("SELECT count(*) FROM clusters")};
}

// The folder is replaced, so it must hold nothing but such files.
void refuse_foreign_files(const fs::path& folder, const char* option,
                          const std::vector<std::string>& own) {
  if (!path_exists(folder)) return;
  if (!is_folder(folder)) {
    throw Error(ErrorKind::usage, fmt::format("{} {} is a file", option, folder.string()));
  }
  for (const fs::path& path : list_folder(folder)) {
    const std::string name = path.filename().string();
    if (std::find(own.begin(), own.end(), name) != own.end()) continue;
    throw Error(ErrorKind::usage,
                fmt::format("{} {} holds {}, which is no table of the flow graph and would be "
                            "lost; name another folder",
                            option, folder.string(), name));
  }
}

// Also where nothing is written: who names a file that cannot be read is told.
void read_known(snapshot::Snapshot& snapshot, const SqlOptions& options) {
  if (!options.known.any()) return;
  for (const std::string& warning : known::fill_tables(snapshot, options.known).warnings) {
    log::warning(warning);
  }
}

// Fills a folder of these files, which an option names, so that it appears whole.
void write_folder(const fs::path& folder, const char* option, const std::vector<std::string>& files,
                  const std::function<void(const fs::path& staging)>& fill) {
  StagedDirectory::recover(folder);
  refuse_foreign_files(folder, option, files);
  StagedDirectory staging(folder);
  fill(staging.path());
  staging.publish();
}

// The tables that SQL reads and does not make, a file each.
void write_tables(snapshot::Snapshot& snapshot, const Statements& all, const SqlOptions& options) {
  std::vector<std::string> own;
  for (const char* table : kGraphTables) own.push_back(std::string(table) + ".parquet");
  write_folder(
      absolute_path(options.tables_dir), "--tables-dir", own, [&](const fs::path& staging) {
        if (!options.known.any()) snapshot.make(snapshot::Table::known_addresses);
        features::make_flow_tables(snapshot, all.steps,
                                   {.slices = options.slices_dir, .graph = options.graph_dir});
        for (const std::string& table : all.graph) {
          snapshot::copy_table(snapshot.connection(), table, staging);
        }
      });
}

// A part of the addresses.
void write_part(snapshot::Snapshot& snapshot, const std::vector<features::PlannedStep>& plan,
                const SqlOptions& options) {
  const snapshot::AddressPartTables tables = features::tables_of_part(plan);
  const flows::AddressPart part{static_cast<std::uint32_t>(options.address_part),
                                static_cast<std::uint32_t>(options.address_parts)};
  write_folder(absolute_path(options.part_dir), "--part-dir", tables.files(),
               [&](const fs::path& staging) {
                 snapshot::write_address_part(snapshot, part, tables, staging);
               });
}

// One slice, in a folder of its first day.
void write_slice(snapshot::Snapshot& snapshot, const std::vector<features::PlannedStep>& plan,
                 const SqlOptions& options) {
  const Date first = Date::require(options.slice, "--slice");
  write_folder(absolute_path(options.slices_dir) / first.text(), "--slices-dir",
               {std::begin(snapshot::kFlowSliceFiles), std::end(snapshot::kFlowSliceFiles)},
               [&](const fs::path& staging) {
                 features::make_flow_slice(snapshot, plan, {first, options.slice_days}, staging);
               });
}

void print_sql(const SqlOptions& options) {
  check_sql_options(options);
  snapshot::Snapshot snapshot(
      {.directory = options.input_dir, .threads = options.threads, .max_rows = options.max_rows});
  const features::FeatureSql sql =
      features::prepare_sql(options.features_dir.empty() ? features::built_in_sql()
                                                         : features::read_sql(options.features_dir),
                            features::groups_of_sql(options.without), options.known.any());
  Statements all;
  all.engine = options.engine == "spark" ? Engine::spark : Engine::duckdb;
  all.steps = features::plan_steps(snapshot.connection(), sql);
  if (!options.slice.empty()) return write_slice(snapshot, all.steps, options);
  if (options.address_part >= 0) return write_part(snapshot, all.steps, options);
  all.load = snapshot::load_steps(snapshot, all.engine);
  std::copy_if(std::begin(kGraphTables), std::end(kGraphTables), std::back_inserter(all.graph),
               [&](const char* table) { return features::reads_table(all.steps, table); });
  read_known(snapshot, options);
  if (!options.tables_dir.empty()) {
    write_tables(snapshot, all, options);
  }
  if (options.slice_days > 0) all.slices = snapshot::flow_slices(snapshot, options.slice_days);
  if (options.address_parts > 0 && snapshot::has_transfers_by_time(snapshot)) {
    all.address_parts = options.address_parts;
  }
  if (options.json) {
    all.made_of = made_of(snapshot, sql);
    all.joins = features::graph_joins(snapshot, all.steps, all.engine);
  }
  // Also where they are not printed: who names a folder that cannot be read is told.
  if (options.json || !options.models_dir.empty()) all.scorers = scorers_of(options);
  print(options.json ? as_json(all, snapshot).dump(1) + "\n" : as_text(all));
}

}  // namespace

Action declare_sql(CLI::App& app) {
  const auto options = std::make_shared<SqlOptions>();
  declare_sql_options(app, *options);
  return [options] { print_sql(*options); };
}

}  // namespace aml::commands
