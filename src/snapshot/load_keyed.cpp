#include "snapshot/load_keyed.h"

#include <fmt/format.h>

#include "base/error.h"

namespace aml::snapshot {
namespace {

// Every column of the table as sort keys, to decide between rows that differ in nothing but
// content.
std::string content_order(Connection& connection, const std::string& table) {
  std::string order;
  QueryResult columns =
      connection.query(fmt::format("SELECT column_name FROM (DESCRIBE FROM {})", table));
  while (const std::optional<Chunk> chunk = columns.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      order += fmt::format(", t.{} ASC NULLS LAST", sql_name(chunk->column(0).as_text(row)));
    }
  }
  return order;
}

}  // namespace

void refuse_missing_keys(Connection& connection, const ParquetSource& source,
                         const std::string& table, const std::vector<Column>& columns) {
  for (const Column& column : columns) {
    if (!column.is_required) {
      continue;
    }
    const std::int64_t missing = connection.query_int(
        fmt::format("SELECT count(*) FROM {} WHERE {} IS NULL", table, column.name));
    if (missing > 0) {
      throw Error(ErrorKind::bad_input,
                  fmt::format("{}: key column {} is empty or no {} in {} rows: export it filled in",
                              source.path().string(), column.name,
                              column.kind == Kind::day ? "date (YYYY-MM-DD)" : "value", missing));
    }
  }
}

void keep_one_row_per_key(Connection& connection, const ParquetSource& source,
                          const std::string& table, const std::string& key, bool prefer_window,
                          LoadedSnapshot& snapshot) {
  const std::int64_t repeated =
      connection.query_int(fmt::format("SELECT count(*) - count(DISTINCT {}) FROM {}", key, table));
  if (repeated == 0) {
    return;
  }
  std::string windows;
  if (prefer_window) {
    windows = fmt::format("CASE WHEN t.window_days = {} THEN 0 ELSE 1 END, ", snapshot.window_days);
  }
  connection.run(
      fmt::format("CREATE TABLE kept AS SELECT t.* FROM {0} t "
                  "QUALIFY row_number() OVER (PARTITION BY t.{1} ORDER BY {2}t._version DESC NULLS "
                  "LAST{3}) = 1; "
                  "DROP TABLE {0}; ALTER TABLE kept RENAME TO {0}",
                  table, key, windows, content_order(connection, table)));
  snapshot.warnings.push_back(fmt::format(
      "{}: {} rows repeat the {} of another row and were left out; of each, the row {}with the "
      "highest _version was kept",
      source.file_name(), repeated,
      key == "subject_id" ? "address, window_days and processing_date" : key,
      prefer_window ? fmt::format("of window {} and then ", snapshot.window_days) : ""));
}

}  // namespace aml::snapshot
