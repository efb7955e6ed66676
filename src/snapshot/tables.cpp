#include "snapshot/tables.h"

#include <fmt/format.h>

#include "snapshot/canonical.h"
#include "snapshot/load_sql.h"
#include "snapshot/snapshot.h"

namespace aml::snapshot {

namespace {

constexpr Engine kEngine = Engine::duckdb;

void make(Connection& connection, const char* table, const std::string& select) {
  connection.run(fmt::format("CREATE TABLE {} AS {}", table, select));
}

// Lists of which a value may not be readable, with a column that says whether it holds something.
struct FallibleColumns {
  std::string select;  // ", condition AS holds_name, …"
  std::vector<const Column*> columns;

  FallibleColumns(const ParquetSource& source, const std::vector<Column>& schema) {
    for (const Column& column : schema) {
      const auto* const found = source.find(column);
      if (found == nullptr || column.kind == Kind::json) continue;
      const auto holds =
          holds_expression(column.kind, found->type, "r." + sql_name(found->sql_name));
      if (!holds) continue;
      select += fmt::format(", {} AS holds_{}", *holds, column.name);
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

void make_subjects(Connection& connection) {
  make(connection, "cluster_addresses_read", select_cluster_addresses_read(kEngine));
  make(connection, "subjects", select_subjects(kEngine));
}

void make_alerts(Connection& connection) {
  make(connection, "alerts",
       select_alerts(kEngine,
                     {.above = ", a.evidence_json IS NOT NULL AND lower(trim(a.evidence_json)) NOT "
                               "IN ('', 'null') AS holds_evidence, coalesce(a.evidence_type, '') = "
                               "'OBJECT' AS has_evidence",
                      .below = ", json_type(e.evidence) AS evidence_type"}));
  make(connection, "alert_indicators", select_alert_indicators(kEngine));
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
  make(connection, "clusters", select_clusters());
  make(connection, "cluster_alerts", select_cluster_alerts(kEngine));
  make(connection, "cluster_addresses", select_cluster_addresses());
  connection.run(
      "DROP TABLE cluster_addresses_read; DROP TABLE clusters_read; DROP TABLE alerts_read");
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
  const std::vector<Column>& values = feature_values();
  const FallibleColumns fallible(source, values);
  snapshot.findings().input_rows["features"] = source.rows();
  source.run(connection, "CREATE TABLE features_read AS " +
                             select_features_read(connection, source, kEngine, source.table(),
                                                  fallible.select));
  const std::int64_t left_out =
      keep_counting_rows(connection, "features_read", {"subject_id", std::nullopt, &values});
  if (left_out > 0) {
    snapshot.findings().warnings.push_back(
        fmt::format("{}: {} rows repeat the address, window_days and processing_date of another "
                    "row and were left out; of each, the row with the highest _version was kept",
                    source.file_name(), left_out));
  }
  fallible.note(snapshot, source, "features_read");
  make(connection, "features", select_features(kEngine));
  connection.run("DROP TABLE features_read");
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
