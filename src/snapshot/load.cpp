#include "snapshot/load.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "snapshot/canonical.h"
#include "snapshot/decimal_function.h"
#include "snapshot/load_flows.h"
#include "snapshot/load_keyed.h"
#include "snapshot/parquet_source.h"
#include "sot/snapshot.h"

namespace aml::snapshot {
namespace {

// The value most rows of the alerts have; of equally frequent ones the largest.
std::optional<std::string> most_frequent(Connection& connection, const std::string& column) {
  return connection.query_text(fmt::format(
      "SELECT CAST(max({0}) AS VARCHAR) FROM (SELECT {0}, count(*) AS n FROM alerts_read "
      "GROUP BY {0} QUALIFY n = max(n) OVER ())",
      column));
}

void read_alerts(Connection& connection, const ParquetSource& source, LoadedSnapshot& snapshot) {
  snapshot.input_rows["alerts"] = source.rows();
  source.run(connection,
             fmt::format("CREATE TABLE alerts_read AS SELECT {} FROM {} r",
                         source.select_list(connection, alert_columns()), source.table()));
  refuse_missing_keys(connection, source, "alerts_read", alert_columns());
  if (snapshot.window_days == 0) {
    snapshot.window_days = std::stoll(most_frequent(connection, "window_days").value_or("0"));
  }
  if (snapshot.processing_date.empty()) {
    snapshot.processing_date = most_frequent(connection, "processing_date").value_or("");
  }
  keep_one_row_per_key(connection, source, "alerts_read", "alert_id", true, snapshot);
}

void read_clusters(Connection& connection, const std::filesystem::path& path,
                   LoadedSnapshot& snapshot) {
  if (!file_size_if_exists(path)) {
    std::string empty;
    for (const Column& column : cluster_columns()) {
      empty += fmt::format("{}{} {}", empty.empty() ? "" : ", ", column.name,
                           canonical_type(column.kind));
    }
    connection.run(fmt::format("CREATE TABLE clusters_read ({})", empty));
    snapshot.warnings.push_back(
        fmt::format("{} is missing: there are no clusters to score", path.filename().string()));
    return;
  }
  const ParquetSource source(connection, path);
  snapshot.input_rows["clusters"] = source.rows();
  source.run(connection,
             fmt::format("CREATE TABLE clusters_read AS SELECT {} FROM {} r",
                         source.select_list(connection, cluster_columns()), source.table()));
  refuse_missing_keys(connection, source, "clusters_read", cluster_columns());
  keep_one_row_per_key(connection, source, "clusters_read", "cluster_id", true, snapshot);
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
      "{7} / 1.0e3 AS evidence_detection_second, CAST(a.patterns AS BIGINT) AS evidence_patterns "
      "FROM (SELECT r.*, CASE WHEN json_valid(r.evidence_json) THEN "
      "json_extract_string(r.evidence_json, ['$.tx_count', '$.volume_usd', '$.hops', "
      "'$.time_span_hours', '$.counterparties', '$.first_seen', '$.last_seen', "
      "'$.detection_timestamp']) END AS found, "
      "CASE WHEN json_valid(r.evidence_json) THEN "
      "json_array_length(r.evidence_json, '$.pattern_matches') END AS patterns FROM alerts_read r) "
      "a "
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

void make_clusters(Connection& connection) {
  connection.run(
      "CREATE TABLE clusters AS SELECT cluster_id, window_days, processing_date, cluster_type, "
      "primary_address, pattern_id, primary_alert_id, total_alerts, total_volume_usd, "
      "severity_max, "
      "confidence_avg, earliest_alert_timestamp AS earliest_alert_second, "
      "latest_alert_timestamp AS latest_alert_second FROM clusters_read;"
      "CREATE TABLE cluster_alerts AS SELECT DISTINCT c.cluster_id, c.alert_id FROM "
      "(SELECT cluster_id, unnest(related_alert_ids) AS alert_id FROM clusters_read) c "
      "WHERE c.alert_id IS NOT NULL;"
      "CREATE TABLE cluster_addresses AS SELECT c.cluster_id, s.subject_id "
      "FROM cluster_addresses_read c JOIN subjects s ON s.address = c.address "
      "AND s.window_days = c.window_days AND s.processing_date = c.processing_date;"
      "DROP TABLE cluster_addresses_read; DROP TABLE clusters_read; DROP TABLE alerts_read");
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

// Only the rows of subjects are read: the statistics of the day are those of its alerts.
void read_features(Connection& connection, const ParquetSource& source, LoadedSnapshot& snapshot) {
  snapshot.input_rows["features"] = source.rows();
  std::vector<Column> keys;
  std::string columns;
  for (const Column& column : feature_columns()) {
    if (column.is_required) {
      keys.push_back(column);
    } else {
      columns += fmt::format(", {} AS {}", source.expression(connection, column), column.name);
    }
  }
  source.run(
      connection,
      fmt::format("CREATE TABLE features_read AS SELECT s.subject_id{} FROM {} r "
                  "JOIN subjects s ON s.address = {} AND s.window_days = {} "
                  "AND s.processing_date = {}",
                  columns, source.table(), source.expression(connection, keys[0]),
                  source.expression(connection, keys[1]), source.expression(connection, keys[2])));
  keep_one_row_per_key(connection, source, "features_read", "subject_id", false, snapshot);
  connection.run(fmt::format(
      "CREATE TABLE features AS SELECT f.* EXCLUDE (hourly_activity, daily_activity, _version){} "
      "FROM features_read f; DROP TABLE features_read",
      hours_and_days()));
  const std::int64_t without = connection.query_int(
      "SELECT count(*) FROM alerts a WHERE a.subject_id NOT IN (SELECT subject_id FROM features)");
  if (without > 0) {
    snapshot.warnings.push_back(fmt::format(
        "{}: {} alerts have no row with their address, window_days and processing_date; they are "
        "scored without address features",
        source.file_name(), without));
  }
}

}  // namespace

void load_snapshot(Connection& connection, const std::filesystem::path& input_dir,
                   LoadedSnapshot& snapshot) {
  connection.run("SET TimeZone = 'UTC'");
  register_decimal_to_double(connection);
  snapshot.input_rows = {{"alerts", 0}, {"features", 0}, {"clusters", 0}, {"money_flows", 0}};
  const ParquetSource alerts(connection, input_dir / sot::kAlertsFile);
  const ParquetSource features(connection, input_dir / sot::kFeaturesFile);
  read_alerts(connection, alerts, snapshot);
  read_clusters(connection, input_dir / sot::kClustersFile, snapshot);
  make_subjects(connection);
  make_alerts(connection);
  make_clusters(connection);
  read_features(connection, features, snapshot);
  load_flows(connection, input_dir / sot::kMoneyFlowsFile, snapshot);
}

}  // namespace aml::snapshot
