#include "evidence/input_tables.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "results/rows.h"
#include "snapshot/tables.h"

namespace aml::evidence {

using snapshot::Column;
using snapshot::File;
using snapshot::Kind;

void make_alerts(snapshot::Snapshot& snapshot) {
  // What only one alert's view shows would be most of the bytes.
  std::vector<Column> columns = snapshot::alert_columns();
  std::erase_if(columns, [](const Column& column) {
    return column.name == "description" || column.name == "evidence_json";
  });
  const std::string alerts = snapshot.alerts(columns);
  snapshot.source(File::alerts)
      .run(snapshot.connection(), "CREATE TEMP TABLE input_alerts AS " + alerts);
}

void make_assets(snapshot::Snapshot& snapshot) {
  const snapshot::ParquetSource& features = snapshot.open(File::features);
  const auto named = [](const char* name) {
    return snapshot::column_named(snapshot::feature_columns(), name);
  };
  const std::string columns =
      features.select_list(snapshot.connection(), {named("address"),
                                                   named("window_days"),
                                                   {"dominant_asset_in", Kind::text},
                                                   {"dominant_asset_out", Kind::text}});
  features.run(
      snapshot.connection(),
      fmt::format("CREATE TEMP TABLE input_assets AS SELECT address, arg_max(assets, window_days) "
                  "AS assets FROM (SELECT address, window_days, array_to_string(list_sort("
                  "list_distinct([x FOR x IN [dominant_asset_in, dominant_asset_out] IF x <> '']))"
                  ", ',') AS assets FROM (SELECT {} FROM {} r) WHERE address IN "
                  "(SELECT address FROM input_alerts)) WHERE assets <> '' GROUP BY address",
                  columns, features.table()));
}

bool is_fault_of_input(const Error& error) {
  return error.kind() != ErrorKind::interrupted && error.kind() != ErrorKind::out_of_memory;
}

void make_memberships(snapshot::Snapshot& snapshot) {
  const std::string clusters = snapshot.clusters({{"cluster_id", Kind::text, true},
                                                  {"related_alert_ids", Kind::text_list},
                                                  {"primary_alert_id", Kind::text}});
  snapshot.source(File::clusters)
      .run(snapshot.connection(),
           fmt::format("CREATE TEMP TABLE memberships AS SELECT DISTINCT cluster_id, alert_id FROM "
                       "(SELECT c.cluster_id, unnest({}) AS alert_id FROM ({}) c) "
                       "WHERE alert_id <> ''",
                       snapshot::kClusterMembers, clusters));
}

// Other writers than `process` choose other widths of numbers.
std::string published(const std::filesystem::path& batch, const char* file) {
  const bool is_ranked = std::string_view(file) == results::kAlertsRankedFile;
  return fmt::format(
      "(SELECT * REPLACE (CAST(score AS DOUBLE) AS score{}) FROM read_parquet({}, "
      "hive_partitioning = false))",
      is_ranked ? ", CAST(\"rank\" AS BIGINT) AS \"rank\"" : "", sql_path(batch / file));
}

}  // namespace aml::evidence
