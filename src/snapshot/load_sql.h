#pragma once

#include <string>
#include <vector>

#include "base/database.h"
#include "snapshot/keyed_rows.h"
#include "snapshot/parquet_source.h"
#include "snapshot/sql_dialect.h"

// The load step as SQL: what makes the canonical tables (docs/features.md) of a day's Parquet
// files. tables.cpp runs these SELECTs in DuckDB, `aml-miner sql` prints them for either engine.
namespace aml::snapshot {

class Snapshot;

// The file as a table in SQL: in Spark's of that name, which the caller makes.
std::string file_table(const ParquetSource& source, Engine engine, const char* name);

// Columns of a file, as canonical_expression() reads them of the alias r, in the engine's SQL: one,
// and a select list of several. Throw as ParquetSource::expression.
std::string read_column(Connection& connection, const ParquetSource& source, const Column& column,
                        Engine engine);
std::string read_list(Connection& connection, const ParquetSource& source,
                      const std::vector<Column>& columns, Engine engine);

// More select items of a table, and of the SELECT below it, for who looks at what was read; ", a AS
// b" or empty.
struct MoreItems {
  std::string above{};
  std::string below{};
};

// The alerts of the cluster `c`, as a list: those related to it, and the primary one.
std::string cluster_members(Engine engine);

// SELECTs of the canonical tables, over alerts_read and clusters_read, which hold the columns of
// these files, a row for each key.
std::string select_cluster_addresses_read(Engine engine);
std::string select_subjects(Engine engine);
std::string select_alerts(Engine engine, const MoreItems& more = {});
std::string select_alert_indicators(Engine engine);
std::string select_clusters();
std::string select_cluster_alerts(Engine engine);
std::string select_cluster_addresses();
// features_read: the rows of features.parquet, in SQL `from`, that are a subject's; and features,
// over those that count.
std::string select_features_read(Connection& connection, const ParquetSource& source, Engine engine,
                                 const std::string& from, const std::string& more = "");
std::string select_features(Engine engine);
// The columns of features.parquet that are no keys.
const std::vector<Column>& feature_values();

// A table of the load step.
struct LoadStep {
  std::string table;
  std::string select;
};

// All of them in order. In DuckDB's they read the snapshot's files, in Spark's the tables
// alerts_file, features_file and clusters_file, which the caller makes of the files.
// Throws as Snapshot::source.
std::vector<LoadStep> load_steps(Snapshot& snapshot, Engine engine);

}  // namespace aml::snapshot
