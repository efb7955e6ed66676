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
