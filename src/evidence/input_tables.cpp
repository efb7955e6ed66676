#include "evidence/input_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "snapshot/parquet_source.h"
#include "sot/snapshot.h"

namespace aml::evidence {

namespace {

using snapshot::Column;
using snapshot::ParquetSource;

// Makes `table` of the file's rows that fulfil `where`, one per `key`. What ties after window and
// version differs in nothing that producers define; content decides, so that the same input gives
// the same answer.
void make_keyed(Connection& connection, const ParquetSource& source, const std::string& table,
                const std::vector<Column>& columns, const std::string& key,
                std::int64_t window_days, const std::string& where) {
  std::string content;
  for (const Column& column : columns) content += fmt::format(", {} NULLS LAST", column.name);
  source.run(connection,
             fmt::format("CREATE TEMP TABLE {0} AS SELECT * FROM (SELECT {1} FROM {2} r) {3} "
                         "QUALIFY row_number() OVER (PARTITION BY {4} ORDER BY CASE WHEN "
                         "window_days = {5} THEN 0 ELSE 1 END, _version DESC NULLS LAST{6}) = 1",
                         table, source.select_list(connection, columns), source.table(), where, key,
                         window_days, content));
}

Column cluster_column(const char* name) {
  const auto& columns = snapshot::cluster_columns();
  return *std::find_if(columns.begin(), columns.end(),
                       [&](const Column& column) { return column.name == name; });
}

// The alerts of a cluster, the primary one among them, as SQL over the alias r.
std::string members(Connection& connection, const ParquetSource& source) {
  return fmt::format("list_append(coalesce({}, CAST([] AS VARCHAR[])), {})",
                     source.expression(connection, cluster_column("related_alert_ids")),
                     source.expression(connection, cluster_column("primary_alert_id")));
}

}  // namespace

void make_alerts(Connection& connection, const InputDay& day, std::int64_t window_days,
                 const std::optional<std::string>& alert_id) {
  const ParquetSource source(connection, day.directory / sot::kAlertsFile);
  std::vector<Column> columns = snapshot::alert_columns();
  if (!alert_id) {
    // What only one alert's view shows would be most of the bytes.
    std::erase_if(columns, [](const Column& column) {
      return column.name == "description" || column.name == "evidence_json" ||
             column.name == "risk_indicators";
    });
  }
  make_keyed(connection, source, "input_alerts", columns, "alert_id", window_days,
             alert_id ? "WHERE alert_id = " + sql_text(*alert_id) : "");
}

void make_memberships(Connection& connection, const InputDay& day) {
  const ParquetSource source(connection, day.directory / sot::kClustersFile);
  source.run(connection,
             fmt::format("CREATE TEMP TABLE memberships AS SELECT DISTINCT cluster_id, alert_id "
                         "FROM (SELECT {} AS cluster_id, unnest({}) AS alert_id FROM {} r) "
                         "WHERE cluster_id IS NOT NULL AND alert_id <> ''",
                         source.expression(connection, cluster_column("cluster_id")),
                         members(connection, source), source.table()));
}

void make_clusters_of(Connection& connection, const InputDay& day, std::int64_t window_days,
                      const std::string& alert_id) {
  const ParquetSource source(connection, day.directory / sot::kClustersFile);
  make_keyed(connection, source, "input_clusters", snapshot::cluster_columns(), "cluster_id",
             window_days,
             fmt::format("WHERE list_contains(related_alert_ids, {0}) OR primary_alert_id = {0}",
                         sql_text(alert_id)));
}

std::string published(const std::filesystem::path& batch, const char* file) {
  return fmt::format("read_parquet({})", sql_text((batch / file).string()));
}

}  // namespace aml::evidence
