#include "snapshot/tables.h"

#include <fmt/format.h>

#include "snapshot/canonical.h"
#include "snapshot/snapshot.h"

namespace aml::snapshot {

namespace {

// Lists of which a value may not be readable, with a column that says whether it holds something.
struct FallibleColumns {
  std::string select;   // ", condition AS holds_name, …"
  std::string exclude;  // "holds_name, …"
  std::vector<const Column*> columns;

  FallibleColumns(const ParquetSource& source, const std::vector<Column>& schema) {
    for (const Column& column : schema) {
      const auto* const found = source.find(column);
      if (found == nullptr || column.kind == Kind::json) continue;
      const auto holds =
          holds_expression(column.kind, found->type, "r." + sql_name(found->sql_name));
      if (!holds) continue;
      select += fmt::format(", {} AS holds_{}", *holds, column.name);
      exclude += fmt::format(", holds_{}", column.name);
      columns.push_back(&column);
    }
  }

  // Counts what could not be read in `table`, which was made with `select`.
  void note(Snapshot& snapshot, const ParquetSource& source, const std::string& table) const {
    for (const Column* column : columns) {
      const std::string holding =
          fmt::format("SELECT count(*) FROM {} WHERE holds_{}", table, column->name);
      snapshot.findings().note_unreadable(
          source.file_name(), column->name, description_of(column->kind),
          snapshot.connection().query_int(holding),
          // A list of which no element could be read, such as "[0 3 1]", holds nothing either.
          snapshot.connection().query_int(
              fmt::format("{0} AND ({1} IS NULL OR (len({1}) > 0 AND list_count({1}) = 0))",
                          holding, column->name)));
    }
  }
};

// Makes `table` of the rows that count.
void read_keyed(Snapshot& snapshot, File file, const std::string& table, const KeyRule& rule,
                const char* input) {
  Connection& connection = snapshot.connection();
  const ParquetSource& source = snapshot.source(file);
  const FallibleColumns fallible(source, *rule.columns);
  snapshot.findings().input_rows[input] = source.rows();
  source.run(connection, fmt::format("CREATE TABLE {} AS SELECT {}{} FROM {} r", table,
                                     source.select_list(connection, *rule.columns), fallible.select,
                                     source.table()));
  const std::int64_t left_out = keep_counting_rows(connection, table, rule);
  if (left_out > 0) {
    snapshot.findings().warnings.push_back(fmt::format(
        "{}: {} rows repeat the {} of another row and were left out; of each, the row of window {} "
        "and then with the highest _version was kept",
        source.file_name(), left_out, rule.key, snapshot.window_days()));
  }
  fallible.note(snapshot, source, table);
}

void read_clusters(Snapshot& snapshot) {
  if (snapshot.has(File::clusters)) {
    read_keyed(snapshot, File::clusters, "clusters_read", snapshot.cluster_rule(), "clusters");
    return;
  }
  std::string empty;
  for (const Column& column : cluster_columns()) {
    empty +=
        fmt::format("{}{} {}", empty.empty() ? "" : ", ", column.name, canonical_type(column.kind));
  }
  snapshot.connection().run(fmt::format("CREATE TABLE clusters_read ({})", empty));
  snapshot.findings().warnings.push_back(
      fmt::format("{} is missing: there are no clusters to score", sot::kClustersFile));
}

// A subject is an address in one window of one day: what alerts, features and clusters join on.
void make_subjects(Connection& connection) {
  connection.run(
      "CREATE TABLE cluster_addresses_read AS SELECT DISTINCT c.cluster_id, c.window_days, "
      "c.processing_date, c.address FROM (SELECT cluster_id, window_days, processing_date, "
      "unnest(addresses_involved) AS address FROM clusters_read) c WHERE c.address IS NOT NULL;"
      "CREATE TABLE subjects AS SELECT "
      "row_number() OVER (ORDER BY a.address, a.window_days, a.processing_date) AS subject_id, "
      "a.address, a.window_days, a.processing_date, "
      "CAST(epoch(a.processing_date) AS BIGINT) - "
      "  86400 * least(greatest(a.window_days, 0), 100000) AS window_start_second, "
      "CAST(epoch(a.processing_date) AS BIGINT) + 86400 AS window_end_second "
      "FROM (SELECT address, window_days, processing_date FROM alerts_read UNION "
      "SELECT address, window_days, processing_date FROM cluster_addresses_read) a");
}

// Numbers that evidence_json may hold; absent or not a number: NULL.
std::string evidence(int index) {
  return fmt::format(
      "CASE WHEN isfinite(TRY_CAST(a.found[{0}] AS DOUBLE)) THEN TRY_CAST(a.found[{0}] AS DOUBLE) "
      "+ 0.0e0 END",
      index);
}

void make_alerts(Connection& connection) {
  connection.run(fmt::format(
      "CREATE TABLE alerts AS SELECT a.alert_id, s.subject_id, a.address, a.window_days, "
      "a.processing_date, a.typology_type, a.pattern_id, a.pattern_type, a.severity, "
      "a.suspected_address_type, a.suspected_address_subtype, a.alert_confidence_score, "
      "CAST(length(a.description) AS BIGINT) AS description_length, a.volume_usd, "
      "{0} AS evidence_tx_count, {1} AS evidence_volume_usd, {2} AS evidence_hops, "
      "{3} AS evidence_time_span_hours, {4} AS evidence_counterparties, "
      "{5} / 1.0e3 AS evidence_first_second, {6} / 1.0e3 AS evidence_last_second, "
      "{7} / 1.0e3 AS evidence_detection_second, CAST(a.patterns AS BIGINT) AS evidence_patterns, "
      "a.evidence_json IS NOT NULL AND lower(trim(a.evidence_json)) NOT IN ('', 'null') AS "
      "holds_evidence, coalesce(a.evidence_type, '') = 'OBJECT' AS has_evidence "
      "FROM (SELECT e.*, json_type(e.evidence) AS evidence_type, "
      "json_extract_string(e.evidence, ['$.tx_count', '$.volume_usd', '$.hops', "
      "'$.time_span_hours', '$.counterparties', '$.first_seen', '$.last_seen', "
      "'$.detection_timestamp']) AS found, "
      "json_array_length(e.evidence, '$.pattern_matches') AS patterns FROM (SELECT r.*, CASE WHEN "
      "json_valid(r.evidence_json) THEN r.evidence_json END AS evidence FROM alerts_read r) e) a "
      "JOIN subjects s ON s.address = a.address AND s.window_days = a.window_days "
      "AND s.processing_date = a.processing_date",
      evidence(1), evidence(2), evidence(3), evidence(4), evidence(5), evidence(6), evidence(7),
      evidence(8)));
  connection.run(
      "CREATE TABLE alert_indicators AS SELECT DISTINCT i.alert_id, lower(i.indicator) AS "
      "indicator "
      "FROM (SELECT alert_id, unnest(risk_indicators) AS indicator FROM alerts_read) i "
      "WHERE i.indicator IS NOT NULL");
}

void note_evidence(Snapshot& snapshot) {
  Connection& connection = snapshot.connection();
  snapshot.findings().note_unreadable(
      sot::kAlertsFile, "evidence_json", "a JSON object",
      connection.query_int("SELECT count(*) FROM alerts WHERE holds_evidence"),
      connection.query_int(
          "SELECT count(*) FROM alerts WHERE holds_evidence AND NOT has_evidence"));
  connection.run(
      "ALTER TABLE alerts DROP COLUMN holds_evidence; ALTER TABLE alerts DROP COLUMN has_evidence");
}

void make_clusters(Connection& connection) {
  connection.run(fmt::format(
      "CREATE TABLE clusters AS SELECT cluster_id, window_days, processing_date, cluster_type, "
      "primary_address, pattern_id, primary_alert_id, total_alerts, total_volume_usd, "
      "severity_max, "
      "confidence_avg, earliest_alert_timestamp AS earliest_alert_second, "
      "latest_alert_timestamp AS latest_alert_second FROM clusters_read;"
      "CREATE TABLE cluster_alerts AS SELECT DISTINCT m.cluster_id, m.alert_id FROM "
      "(SELECT c.cluster_id, unnest({}) AS alert_id FROM clusters_read c) m "
      "WHERE m.alert_id <> '';"
      "CREATE TABLE cluster_addresses AS SELECT c.cluster_id, s.subject_id "
      "FROM cluster_addresses_read c JOIN subjects s ON s.address = c.address "
      "AND s.window_days = c.window_days AND s.processing_date = c.processing_date;"
      "DROP TABLE cluster_addresses_read; DROP TABLE clusters_read; DROP TABLE alerts_read",
      kClusterMembers));
}

std::string hours_and_days() {
  std::string list;
  for (int hour = 0; hour < 24; ++hour) {
    list += fmt::format(", f.hourly_activity[{}] + 0.0e0 AS hour_{:02}", hour + 1, hour);
  }
  for (int day = 0; day < 7; ++day) {
    list += fmt::format(", f.daily_activity[{}] + 0.0e0 AS day_{}", day + 1, day);
  }
  return list;
}

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

}  // namespace

void make_keyed_tables(Snapshot& snapshot) {
  Connection& connection = snapshot.connection();
  for (const File file : {File::alerts, File::features}) snapshot.source(file);  // before any work
  read_keyed(snapshot, File::alerts, "alerts_read", snapshot.alert_rule(), "alerts");
  read_clusters(snapshot);
  make_subjects(connection);
  make_alerts(connection);
  note_evidence(snapshot);
  make_clusters(connection);
}

void make_known_tables(Snapshot& snapshot) {
  snapshot.connection().run(
      "CREATE TABLE known_addresses (address VARCHAR, label VARCHAR, category VARCHAR, "
      "is_bad BIGINT, is_good BIGINT, risk_level VARCHAR, source VARCHAR, known_second BIGINT);"
      "CREATE TABLE known_subjects (subject_id BIGINT, category VARCHAR, is_bad BIGINT, "
      "is_good BIGINT, known_second BIGINT);"
      "CREATE TABLE earlier_alerts (subject_id BIGINT, alert_id VARCHAR, days_before BIGINT, "
      "typology_type VARCHAR, severity VARCHAR, is_reported BIGINT)");
}

void make_features(Snapshot& snapshot) {
  Connection& connection = snapshot.connection();
  const ParquetSource& source = snapshot.source(File::features);
  const auto& [keys, values] = feature_schema();
  const FallibleColumns fallible(source, values);
  snapshot.findings().input_rows["features"] = source.rows();
  source.run(
      connection,
      fmt::format("CREATE TABLE features_read AS SELECT s.subject_id, {}{} FROM {} r "
                  "JOIN subjects s ON s.address = {} AND s.window_days = {} "
                  "AND s.processing_date = {}",
                  source.select_list(connection, values), fallible.select, source.table(),
                  source.expression(connection, keys[0]), source.expression(connection, keys[1]),
                  source.expression(connection, keys[2])));
  const std::int64_t left_out =
      keep_counting_rows(connection, "features_read", {"subject_id", std::nullopt, &values});
  if (left_out > 0) {
    snapshot.findings().warnings.push_back(
        fmt::format("{}: {} rows repeat the address, window_days and processing_date of another "
                    "row and were left out; of each, the row with the highest _version was kept",
                    source.file_name(), left_out));
  }
  fallible.note(snapshot, source, "features_read");
  connection.run(
      fmt::format("CREATE TABLE features AS SELECT f.* EXCLUDE (hourly_activity, daily_activity, "
                  "_version{}){} FROM features_read f; DROP TABLE features_read",
                  fallible.exclude, hours_and_days()));
  const std::int64_t without = connection.query_int(
      "SELECT count(*) FROM alerts a WHERE a.subject_id NOT IN (SELECT subject_id FROM features)");
  if (without > 0) {
    snapshot.findings().warnings.push_back(fmt::format(
        "{}: {} alerts have no row with their address, window_days and processing_date; they are "
        "scored without address features",
        source.file_name(), without));
  }
}

}  // namespace aml::snapshot
