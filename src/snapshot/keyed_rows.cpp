#include "snapshot/keyed_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "snapshot/sql_dialect.h"

namespace aml::snapshot {

namespace {

std::string names_of(const std::vector<Column>& columns) {
  std::string names;
  for (const Column& column : columns) names += (names.empty() ? "t." : ", t.") + column.name;
  return names;
}

bool has_repeats(Connection& connection, const ParquetSource& source, const Column& key) {
  const std::string sql = source.expression(connection, key);
  QueryResult result = source.query(
      connection,
      fmt::format("SELECT count({0}) - count(DISTINCT {0}) FROM {1} r", sql, source.table()));
  return result.next()->column(0).as_int64(0) > 0;
}

const Column& column_of(const KeyRule& rule) { return column_named(*rule.columns, rule.key); }

}  // namespace

std::string precedence(const KeyRule& rule) {
  std::string sql = fmt::format("PARTITION BY t.{} ORDER BY ", rule.key);
  if (rule.window) {
    sql += fmt::format("CASE WHEN t.window_days = {} THEN 0 ELSE 1 END, ", *rule.window);
  }
  sql += "t._version DESC NULLS LAST";
  for (const Column& column : *rule.columns) {
    sql += fmt::format(", t.{} ASC NULLS LAST", column.name);
  }
  return sql;
}

std::optional<std::string> most_frequent(Connection& connection, const ParquetSource& source,
                                         const Column& column) {
  return connection.query_text(
      fmt::format("SELECT CAST(max(v) AS VARCHAR) FROM (SELECT v, count(*) AS n FROM (SELECT {} AS "
                  "v FROM {} r) "
                  "GROUP BY v QUALIFY n = max(n) OVER ())",
                  source.expression(connection, column), source.table()));
}

std::string select_kept(Connection& connection, const ParquetSource& source, const KeyRule& rule,
                        const std::vector<Column>& wanted,
                        const std::optional<std::string>& value) {
  const Column& key = column_of(rule);
  if (!value && !has_repeats(connection, source, key)) {
    return fmt::format("SELECT {} FROM {} r", source.select_list(connection, wanted),
                       source.table());
  }
  const std::string where =
      value ? fmt::format(" WHERE {} = {}", source.expression(connection, key), sql_text(*value))
            : "";
  return fmt::format("SELECT {} FROM (SELECT {} FROM {} r{}) t QUALIFY row_number() OVER ({}) = 1",
                     names_of(wanted), source.select_list(connection, *rule.columns),
                     source.table(), where, precedence(rule));
}

std::int64_t keep_counting_rows(Connection& connection, const std::string& table,
                                const KeyRule& rule) {
  const std::int64_t repeated = connection.query_int(
      fmt::format("SELECT count(*) - count(DISTINCT {}) FROM {}", rule.key, table));
  if (repeated == 0) return 0;
  connection.run(
      fmt::format("CREATE TABLE kept AS {}; DROP TABLE {}; ALTER TABLE kept RENAME TO {}",
                  first_rows("p.* EXCLUDE (place)", table, precedence(rule)), table, table));
  return repeated;
}

}  // namespace aml::snapshot
