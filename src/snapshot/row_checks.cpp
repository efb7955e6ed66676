#include "snapshot/row_checks.h"

#include <fmt/format.h>

#include <functional>
#include <string>

#include "base/error.h"

namespace aml::snapshot {

namespace {

// Rows that must not be there: a condition over the alias r, and what is said of `count` of them.
struct Check {
  std::string condition;
  std::function<std::string(std::int64_t count)> complaint;
};

// The smallest value, as the file has it, of the rows that fulfil the condition.
std::string example(Connection& connection, const ParquetSource& source, const std::string& column,
                    const std::string& condition) {
  const std::string name = sql_name(source.find({column, Kind::text})->sql_name);
  return connection
      .query_text(fmt::format("SELECT min(CAST(r.{} AS VARCHAR)) FROM {} r WHERE {}", name,
                              source.table(), condition))
      .value_or("NULL");
}

Check missing_key(Connection& connection, const ParquetSource& source, const Column& column) {
  return {source.expression(connection, column) + " IS NULL", [&](std::int64_t count) {
            return fmt::format("key column {} is empty or no {} in {} rows: export it filled in",
                               column.name,
                               column.kind == Kind::day ? "date (YYYY-MM-DD)" : "value", count);
          }};
}

Check other_day(Connection& connection, const ParquetSource& source, const Column& column,
                const std::string& day) {
  // Midnight of another time zone is another hour of that day, or of the one before.
  const FoundColumn& found = *source.find(column);
  const std::string name = "r." + sql_name(found.sql_name);
  const std::string hour =
      found.type.starts_with("TIMESTAMP")
          ? fmt::format(" OR CAST({0} AS TIMESTAMP) <> date_trunc('day', CAST({0} AS TIMESTAMP))",
                        name)
          : "";
  const std::string condition =
      fmt::format("({} <> DATE {}{})", source.expression(connection, column), sql_text(day), hour);
  return {condition, [&, condition, day](std::int64_t count) {
            return fmt::format(
                "{} is {} in {} rows, but META.json says {}: a snapshot is of one day; write that "
                "day as a date, which has no time zone",
                column.name, example(connection, source, column.name, condition), count, day);
          }};
}

Check other_network(Connection& connection, const ParquetSource& source,
                    const std::string& network) {
  const std::string name = sql_name(source.find({"network", Kind::text})->sql_name);
  const std::string condition =
      fmt::format("lower(CAST(r.{} AS VARCHAR)) <> lower({})", name, sql_text(network));
  return {condition, [&, condition, network](std::int64_t count) {
            return fmt::format(
                "network is {} in {} rows, but META.json says {}: a snapshot is of one network",
                example(connection, source, "network", condition), count, network);
          }};
}

}  // namespace

void refuse_foreign_rows(Connection& connection, const ParquetSource& source,
                         const std::vector<Column>& columns, const sot::SnapshotMeta& meta) {
  std::vector<Check> checks;
  for (const Column& column : columns) {
    if (!column.is_required) continue;
    checks.push_back(missing_key(connection, source, column));
    if (column.kind == Kind::day && !meta.processing_date.empty()) {
      checks.push_back(other_day(connection, source, column, meta.processing_date));
    }
  }
  if (!meta.network.empty() && source.has("network")) {
    checks.push_back(other_network(connection, source, meta.network));
  }
  if (checks.empty()) return;
  std::string counts;
  for (const Check& check : checks) {
    counts +=
        fmt::format("{}count(*) FILTER (WHERE {})", counts.empty() ? "" : ", ", check.condition);
  }
  QueryResult result =
      source.query(connection, fmt::format("SELECT {} FROM {} r", counts, source.table()));
  const std::optional<Chunk> chunk = result.next();
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const std::int64_t count = chunk->column(i).as_int64(0);
    if (count == 0) continue;
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: {}", source.path().string(), checks[i].complaint(count)));
  }
}

}  // namespace aml::snapshot
