#include "features/build.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/database.h"
#include "base/error.h"
#include "base/log.h"
#include "base/threads.h"
#include "features/check_ranges.h"
#include "features/elsewhere.h"
#include "features/feature_sql.h"
#include "features/matrix.h"
#include "features/run_sql.h"
#include "features/sql_plan.h"
#include "known/day_addresses.h"

namespace aml::features {
namespace {

// Runs a step and notes its wall time under `name`.
template <typename Step>
auto timed(SnapshotFeatures& features, const char* name, Step step) {
  using Clock = std::chrono::steady_clock;
  throw_if_stop_requested();
  struct Stop {
    SnapshotFeatures& features;
    const char* name;
    Clock::time_point start = Clock::now();
    ~Stop() {
      features.stage_ms[name] +=
          std::chrono::duration<double, std::milli>(Clock::now() - start).count();
    }
  } const stop{features, name};
  return step();
}

// Runs the steps in their order: tables are made, groups become columns.
void run_steps(Connection& connection, const FeatureSql& sql, const std::vector<PlannedStep>& plan,
               SnapshotFeatures& features) {
  MatrixBuilder alerts(connection, RowKind::alert);
  MatrixBuilder clusters(connection, RowKind::cluster);
  for (const PlannedStep& planned : plan) {
    const SqlStep& step = *planned.step;
    const auto start = std::chrono::steady_clock::now();
    if (step.is_group()) {
      timed(features, "matrix",
            [&] { (step.row_kind == RowKind::alert ? alerts : clusters).add(connection, step); });
      features.groups.push_back(step.table);
    } else {
      timed(features, "sql", [&] { make_table(connection, step); });
    }
    for (const std::string& table : planned.finished) {
      connection.run("DROP TABLE " + sql_name(table));
    }
    const std::chrono::duration<double, std::milli> elapsed =
        std::chrono::steady_clock::now() - start;
    log::debug("feature SQL run",
               {{"file", step.file_name}, {"table", step.table}, {"wall_ms", elapsed.count()}});
  }
  features.registry = alerts.features();
  const std::vector<Feature>& more = clusters.features();
  features.registry.insert(features.registry.end(), more.begin(), more.end());
  features.alerts = std::move(alerts).matrix();
  features.clusters = std::move(clusters).matrix();
  for (const std::string& group : sql.left_out) {
    const bool is_of_alerts = group.starts_with(row_kind_name(RowKind::alert));
    (is_of_alerts ? features.alerts : features.clusters).left_out.push_back(group);
  }
}

// The plan's groups, as steps that read what another engine has made of them. Errors name the
// Parquet files.
std::vector<SqlStep> made_elsewhere(snapshot::Snapshot& snapshot,
                                    const std::vector<PlannedStep>& plan,
                                    const GroupsElsewhere& groups) {
  std::vector<SqlStep> steps;
  for (const PlannedStep& planned : plan) {
    if (!planned.step->is_group()) continue;
    SqlStep step = *planned.step;
    const snapshot::ParquetSource source(snapshot.connection(),
                                         groups.folder / (step.table + ".parquet"),
                                         {.max_rows = snapshot.max_rows()});
    const auto written = groups.rows.find(step.table);
    if (written == groups.rows.end() || written->second != source.rows()) {
      throw Error(ErrorKind::bad_input,
                  fmt::format("{} has {} rows, and engine.json says {}: make the groups again",
                              source.path().string(), source.rows(),
                              written == groups.rows.end() ? "nothing of it"
                                                           : fmt::to_string(written->second)));
    }
    step.file_name = source.path().string();
    step.sql = ExpandedSql();
    step.sql.add_made("SELECT * FROM " + source.table(), 0);
    steps.push_back(std::move(step));
  }
  return steps;
}

void refuse_other_groups(snapshot::Snapshot& snapshot, const GroupsElsewhere& groups,
                         const SnapshotFeatures& features) {
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: the groups were made {}: make them again of what `aml-miner sql` "
                            "prints for this snapshot",
                            groups.folder.string(), what));
  };
  const MadeOf& made_of = groups.made_of;
  if (made_of.snapshot_sha256 != features.snapshot_sha256) refuse("of another snapshot");
  if (made_of.whole_feature_sql_sha256 != features.feature_sql.whole) refuse("by other SQL");
  const std::int64_t alerts = snapshot.connection().query_int("SELECT count(*) FROM alerts");
  const std::int64_t clusters = snapshot.connection().query_int("SELECT count(*) FROM clusters");
  if (made_of.alerts != alerts || made_of.clusters != clusters) {
    refuse(fmt::format("of {} alerts and {} clusters, where the snapshot has {} and {}",
                       made_of.alerts, made_of.clusters, alerts, clusters));
  }
}

// Columns of the other engine's groups, as if the SQL had run here.
void take_groups(snapshot::Snapshot& snapshot, const FeatureSql& sql,
                 const std::vector<PlannedStep>& plan, const GroupsElsewhere& groups,
                 SnapshotFeatures& features) {
  refuse_other_groups(snapshot, groups, features);
  const std::vector<SqlStep> made = made_elsewhere(snapshot, plan, groups);
  std::vector<PlannedStep> steps;
  for (const SqlStep& step : made) steps.push_back({&step, {}, {}});
  run_steps(snapshot.connection(), sql, steps, features);
  for (Feature& feature : features.registry) {
    for (const SqlStep& step : sql.steps) {
      if (step.row_kind == feature.row_kind && step.group == feature.group) {
        feature.file_name = step.file_name;
      }
    }
  }
}

void read_known(snapshot::Snapshot& snapshot, const BuildOptions& options,
                SnapshotFeatures& features) {
  known::Known known = known::fill_tables(snapshot, options.known);
  if (!options.known.any()) return;
  features.sanctioned_alerts = std::move(known.sanctioned_alerts);
  features.known_files = std::move(known.files);
  features.warnings = std::move(known.warnings);
  if (!options.known_addresses) return;
  known::DayAddresses day = known::addresses_of_day(snapshot);
  features.known_addresses = std::move(day.json);
  if (day.left_out == 0) return;
  features.warnings.push_back(fmt::format(
      "{} addresses of the day are known for which known_addresses.json has no room: the page says "
      "nothing of them",
      day.left_out));
}

// The group that the program makes itself, where there is an address scorer.
constexpr std::string_view kFirstStage = "alert__first_stage";

bool is_first_stage(const std::string& group) {
  return group == "first_stage" || group == kFirstStage;
}

// The features by this engine, or of the groups that another one has made.
SnapshotFeatures build_with(snapshot::Snapshot& snapshot, const BuildOptions& options,
                            const GroupsElsewhere* elsewhere) {
  SnapshotFeatures features;
  const FeatureSql sql =
      prepare_sql(options.features_dir.empty() ? built_in_sql() : read_sql(options.features_dir),
                  groups_of_sql(options.without), options.known.any());
  features.feature_sql = sql.identity;
  features.input_sha256 = timed(features, "hash", [&] { return snapshot.hash_files(); });
  features.snapshot_sha256 = sot::snapshot_sha256(features.input_sha256);
  const std::vector<PlannedStep> plan = plan_steps(snapshot.connection(), sql);
  timed(features, "load", [&] {
    snapshot.make(snapshot::Table::features);
    if (snapshot.has(snapshot::File::money_flows)) snapshot.source(snapshot::File::money_flows);
  });
  timed(features, "known", [&] { read_known(snapshot, options, features); });
  if (elsewhere == nullptr) timed(features, "graph", [&] { make_flow_tables(snapshot, plan); });
  if (options.visit_addresses) {
    timed(features, "addresses",
          [&] { snapshot::visit_addresses(snapshot, options.visit_addresses); });
  }
  features.network = snapshot.network();
  features.processing_date = snapshot.processing_date();
  features.window_days = snapshot.window_days();
  features.input_rows = snapshot.findings().input_rows;
  const std::vector<std::string>& found = snapshot.findings().warnings;
  features.warnings.insert(features.warnings.begin(), found.begin(), found.end());
  features.unreadable = snapshot.findings().unreadable;
  features.flow_counts = snapshot.findings().flow_counts;

  if (elsewhere == nullptr) {
    snapshot.seal();
    run_steps(snapshot.connection(), sql, plan, features);
  } else {
    take_groups(snapshot, sql, plan, *elsewhere, features);
    snapshot.seal();
  }
  if (leaves_out_first_stage(options.without)) {
    features.alerts.left_out.emplace_back(kFirstStage);
  }
  if (options.check_ranges) {
    check_ranges(features.alerts, RowKind::alert, features.registry);
    check_ranges(features.clusters, RowKind::cluster, features.registry);
  }
  return features;
}

}  // namespace

std::span<const Feature> SnapshotFeatures::registry_of(RowKind kind) const {
  const auto first_cluster = std::find_if(registry.begin(), registry.end(), [](const Feature& one) {
    return one.row_kind == RowKind::cluster;
  });
  const auto of_alerts = static_cast<std::size_t>(first_cluster - registry.begin());
  const std::span<const Feature> all(registry);
  return kind == RowKind::alert ? all.first(of_alerts) : all.subspan(of_alerts);
}

std::vector<std::string> SnapshotFeatures::groups_left_out() const {
  std::vector<std::string> all = alerts.left_out;
  all.insert(all.end(), clusters.left_out.begin(), clusters.left_out.end());
  return all;
}

bool leaves_out_first_stage(const std::vector<std::string>& without) {
  return std::any_of(without.begin(), without.end(), is_first_stage);
}

void make_flow_tables(snapshot::Snapshot& snapshot, const std::vector<PlannedStep>& plan,
                      const snapshot::FlowParts& parts) {
  for (const auto& [name, table] : {std::pair("flows", snapshot::Table::flows),
                                    std::pair("subject_flows", snapshot::Table::subject_flows)}) {
    const bool is_taken = !reads_table(plan, name) || take_flow_table(snapshot, name, parts);
    if (!is_taken) snapshot.make(table);
  }
  if (!reads_table(plan, "address_flows")) return;
  const auto columns = columns_read(plan, "address_flows");
  if (parts.any()) {
    snapshot::make_address_flows_of_parts(snapshot, columns, parts);
  } else {
    snapshot.make_address_flows(columns);
  }
}

void make_flow_slice(snapshot::Snapshot& snapshot, const std::vector<PlannedStep>& plan,
                     const snapshot::FlowSlice& slice, const std::filesystem::path& folder) {
  snapshot::write_flow_slice(snapshot, slice, columns_read(plan, "address_flows"), folder);
}

snapshot::AddressPartTables tables_of_part(const std::vector<PlannedStep>& plan) {
  return {reads_table(plan, "address_flows"), columns_read(plan, "address_flows"),
          reads_table(plan, "flows"), reads_table(plan, "subject_flows")};
}

std::vector<snapshot::GraphStep> graph_joins(snapshot::Snapshot& snapshot,
                                             const std::vector<PlannedStep>& plan,
                                             snapshot::Engine engine) {
  if (!reads_table(plan, "address_flows")) return {};
  return snapshot::graph_steps(snapshot, engine, columns_read(plan, "address_flows"));
}

std::vector<std::string> groups_of_sql(std::vector<std::string> without) {
  std::erase_if(without, is_first_stage);
  return without;
}

SnapshotFeatures build(snapshot::Snapshot& snapshot, const BuildOptions& options) {
  return build_with(snapshot, options, nullptr);
}

SnapshotFeatures build_of_groups(snapshot::Snapshot& snapshot, const BuildOptions& options,
                                 const GroupsElsewhere& groups) {
  return build_with(snapshot, options, &groups);
}

}  // namespace aml::features
