#include "snapshot/load_sql.h"

#include <fmt/format.h>

#include "snapshot/canonical.h"
#include "snapshot/snapshot.h"

namespace aml::snapshot {
namespace {

// Keys, and columns without them.
struct FeatureSchema {
  std::vector<Column> keys;
  std::vector<Column> values;
};

const FeatureSchema& feature_schema() {
  static const FeatureSchema schema = [] {
    FeatureSchema both;
    for (const Column& column : feature_columns()) {
      (column.is_required ? both.keys : both.values).push_back(column);
    }
    return both;
  }();
  return schema;
}

// "a.x, a.y"
std::string names_of(const char* alias, const std::vector<Column>& columns) {
  std::string names;
  for (const Column& column : columns) {
    names += fmt::format("{}{}.{}", names.empty() ? "" : ", ", alias, column.name);
  }
  return names;
}

// A number that evidence_json may hold; absent or not a number: NULL.
std::string evidence(Engine engine, int index) {
  return text_as_number(engine, element(engine, "a.found", index));
}

std::string hours_and_days(Engine engine) {
  constexpr int kHours = 24;
  constexpr int kDays = 7;
  std::string list;
  for (int hour = 0; hour < kHours; ++hour) {
    list +=
        fmt::format(", {} + 0.0e0 AS hour_{:02}", element(engine, "f.hourly_activity", hour), hour);
  }
  for (int day = 0; day < kDays; ++day) {
    list += fmt::format(", {} + 0.0e0 AS day_{}", element(engine, "f.daily_activity", day), day);
  }
  return list;
}

// Rows of a file of which those with one key are one.
void add_keyed(Snapshot& snapshot, File file, const KeyRule& rule, Engine engine,
               const std::string& name, std::vector<LoadStep>& steps) {
  const ParquetSource& source = snapshot.source(file);
  steps.push_back({name + "_file_read",
                   fmt::format("SELECT {} FROM {} r",
                               read_list(snapshot.connection(), source, *rule.columns, engine),
                               file_table(source, engine, (name + "_file").c_str()))});
  steps.push_back({name + "_read", first_rows(names_of("p", *rule.columns), name + "_file_read",
                                              precedence(rule))});
}

// Of a snapshot without clusters.parquet.
std::string no_clusters(Engine engine) {
  std::string list;
  for (const Column& column : cluster_columns()) {
    list += fmt::format("{}CAST(NULL AS {}) AS {}", list.empty() ? "" : ", ",
                        type_name(engine, canonical_type(column.kind)), column.name);
  }
  return fmt::format("SELECT {} WHERE false", list);
}

}  // namespace

std::string file_table(const ParquetSource& source, Engine engine, const char* name) {
  return engine == Engine::duckdb ? source.table() : std::string(name);
}

std::string read_column(Connection& connection, const ParquetSource& source, const Column& column,
                        Engine engine) {
  std::string sql = source.expression(connection, column);
  if (engine == Engine::duckdb) return sql;
  const FoundColumn* found = source.find(column);
  if (found == nullptr || sql.starts_with("CAST(NULL AS ")) {
    return fmt::format("CAST(NULL AS {})", type_name(engine, canonical_type(column.kind)));
  }
  return *canonical_expression(column.kind, found->type, fmt::format("r.`{}`", found->name),
                               engine);
}

std::string read_list(Connection& connection, const ParquetSource& source,
                      const std::vector<Column>& columns, Engine engine) {
  std::string list;
  for (const Column& column : columns) {
    list += fmt::format("{}{} AS {}", list.empty() ? "" : ", ",
                        read_column(connection, source, column, engine), column.name);
  }
  return list;
}

std::string cluster_members(Engine engine) {
  return engine == Engine::duckdb ? kClusterMembers
                                  : appended_in_spark("c.related_alert_ids", "c.primary_alert_id");
}

std::string select_cluster_addresses_read(Engine engine) {
  return fmt::format(
      "SELECT DISTINCT c.cluster_id, c.window_days, c.processing_date, c.address FROM (SELECT "
      "cluster_id, window_days, processing_date, {} AS address FROM clusters_read) c WHERE "
      "c.address IS NOT NULL",
      exploded(engine, "addresses_involved"));
}

// A subject is an address in one window of one day: what alerts, features and clusters join on.
std::string select_subjects(Engine engine) {
  const std::string midnight = first_second(engine, "a.processing_date");
  return fmt::format(
      "SELECT CAST(row_number() OVER (ORDER BY a.address, a.window_days, a.processing_date) AS "
      "BIGINT) AS subject_id, a.address, a.window_days, a.processing_date, {0} - "
      "86400 * least(greatest(a.window_days, 0), 100000) AS window_start_second, "
      "{0} + 86400 AS window_end_second "
      "FROM (SELECT address, window_days, processing_date FROM alerts_read UNION "
      "SELECT address, window_days, processing_date FROM cluster_addresses_read) a",
      midnight);
}

std::string select_alerts(Engine engine, const MoreItems& more) {
  const std::string members =
      json_members(engine, "e.evidence",
                   {"tx_count", "volume_usd", "hops", "time_span_hours", "counterparties",
                    "first_seen", "last_seen", "detection_timestamp"});
  return fmt::format(
      "SELECT a.alert_id, s.subject_id, a.address, a.window_days, "
      "a.processing_date, a.typology_type, a.pattern_id, a.pattern_type, a.severity, "
      "a.suspected_address_type, a.suspected_address_subtype, a.alert_confidence_score, "
      "CAST(length(a.description) AS BIGINT) AS description_length, a.volume_usd, "
      "{0} AS evidence_tx_count, {1} AS evidence_volume_usd, {2} AS evidence_hops, "
      "{3} AS evidence_time_span_hours, {4} AS evidence_counterparties, "
      "{5} / 1.0e3 AS evidence_first_second, {6} / 1.0e3 AS evidence_last_second, "
      "{7} / 1.0e3 AS evidence_detection_second, CAST(a.patterns AS BIGINT) AS evidence_patterns"
      "{8} FROM (SELECT e.*, {9} AS found, {10} AS patterns{11} FROM (SELECT r.*, {12} AS evidence "
      "FROM alerts_read r) e) a JOIN subjects s ON s.address = a.address AND s.window_days = "
      "a.window_days AND s.processing_date = a.processing_date",
      evidence(engine, 0), evidence(engine, 1), evidence(engine, 2), evidence(engine, 3),
      evidence(engine, 4), evidence(engine, 5), evidence(engine, 6), evidence(engine, 7),
      more.above, members, json_member_length(engine, "e.evidence", "pattern_matches"), more.below,
      valid_json(engine, "r.evidence_json"));
}

std::string select_alert_indicators(Engine engine) {
  return fmt::format(
      "SELECT DISTINCT i.alert_id, lower(i.indicator) AS indicator FROM (SELECT alert_id, {} AS "
      "indicator FROM alerts_read) i WHERE i.indicator IS NOT NULL",
      exploded(engine, "risk_indicators"));
}

std::string select_clusters() {
  return "SELECT cluster_id, window_days, processing_date, cluster_type, primary_address, "
         "pattern_id, primary_alert_id, total_alerts, total_volume_usd, severity_max, "
         "confidence_avg, earliest_alert_timestamp AS earliest_alert_second, "
         "latest_alert_timestamp AS latest_alert_second FROM clusters_read";
}

std::string select_cluster_alerts(Engine engine) {
  return fmt::format(
      "SELECT DISTINCT m.cluster_id, m.alert_id FROM (SELECT c.cluster_id, {} AS alert_id FROM "
      "clusters_read c) m WHERE m.alert_id <> ''",
      exploded(engine, cluster_members(engine)));
}

std::string select_cluster_addresses() {
  return "SELECT c.cluster_id, s.subject_id FROM cluster_addresses_read c JOIN subjects s ON "
         "s.address = c.address AND s.window_days = c.window_days AND s.processing_date = "
         "c.processing_date";
}

const std::vector<Column>& feature_values() { return feature_schema().values; }

std::string select_features_read(Connection& connection, const ParquetSource& source, Engine engine,
                                 const std::string& from, const std::string& more) {
  const auto& [keys, values] = feature_schema();
  return fmt::format(
      "SELECT s.subject_id, {}{} FROM {} r JOIN subjects s ON s.address = {} AND s.window_days = "
      "{} AND s.processing_date = {}",
      read_list(connection, source, values, engine), more, from,
      read_column(connection, source, keys[0], engine),
      read_column(connection, source, keys[1], engine),
      read_column(connection, source, keys[2], engine));
}

std::string select_features(Engine engine) {
  std::string names = "f.subject_id";
  for (const Column& column : feature_values()) {
    if (column.kind == Kind::number_list || column.kind == Kind::version) continue;
    names += ", f." + column.name;
  }
  return fmt::format("SELECT {}{} FROM features_read f", names, hours_and_days(engine));
}

std::vector<LoadStep> load_steps(Snapshot& snapshot, Engine engine) {
  std::vector<LoadStep> steps;
  const ParquetSource& features = snapshot.source(File::features);
  add_keyed(snapshot, File::alerts, snapshot.alert_rule(), engine, "alerts", steps);
  if (snapshot.has(File::clusters)) {
    add_keyed(snapshot, File::clusters, snapshot.cluster_rule(), engine, "clusters", steps);
  } else {
    steps.push_back({"clusters_read", no_clusters(engine)});
  }
  steps.push_back({"cluster_addresses_read", select_cluster_addresses_read(engine)});
  steps.push_back({"subjects", select_subjects(engine)});
  steps.push_back({"alerts", select_alerts(engine)});
  steps.push_back({"alert_indicators", select_alert_indicators(engine)});
  steps.push_back({"clusters", select_clusters()});
  steps.push_back({"cluster_alerts", select_cluster_alerts(engine)});
  steps.push_back({"cluster_addresses", select_cluster_addresses()});
  steps.push_back(
      {"features_file_read", select_features_read(snapshot.connection(), features, engine,
                                                  file_table(features, engine, "features_file"))});
  const KeyRule rule{"subject_id", std::nullopt, &feature_values()};
  steps.push_back({"features_read", first_rows("p.subject_id, " + names_of("p", *rule.columns),
                                               "features_file_read", precedence(rule))});
  steps.push_back({"features", select_features(engine)});
  return steps;
}

}  // namespace aml::snapshot
