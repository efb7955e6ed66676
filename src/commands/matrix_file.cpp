#include "commands/matrix_file.h"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "base/files.h"

namespace aml::commands {

namespace {

// Names of the file's columns in their order. parquet_schema lists them with what is nested in
// them, each node before its children; DuckDB's own list has the top alone, renamed where two
// names differ only in case.
std::vector<std::string> top_names(Connection& connection, const std::string& file) {
  QueryResult nodes = connection.query(fmt::format(
      "SELECT name, CAST(coalesce(num_children, 0) AS BIGINT) FROM parquet_schema({})", file));
  std::vector<std::string> names;
  bool is_root = true;
  std::int64_t nested = 0;
  while (const auto chunk = nodes.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      const std::int64_t children = chunk->column(1).as_int64(row);
      if (is_root) {
        is_root = false;
      } else if (nested > 0) {
        nested += children - 1;
      } else {
        names.emplace_back(chunk->column(0).as_text(row));
        nested = children;
      }
    }
  }
  return names;
}

// NULL where there is no way from the type to a double.
std::optional<std::string> as_double(const MatrixFile::Column& column) {
  static const std::set<std::string_view> kNumbers{
      "BOOLEAN",   "TINYINT",  "SMALLINT", "INTEGER",  "BIGINT", "HUGEINT", "UTINYINT",
      "USMALLINT", "UINTEGER", "UBIGINT",  "UHUGEINT", "FLOAT",  "DOUBLE"};
  const std::string name = "r." + sql_name(column.sql_name);
  if (column.type == "DOUBLE") return name;
  if (column.type.starts_with("DECIMAL")) return fmt::format("decimal_to_double({})", name);
  if (kNumbers.contains(column.type)) return fmt::format("CAST({} AS DOUBLE)", name);
  return std::nullopt;
}

}  // namespace

MatrixFile::MatrixFile(Connection& connection, std::filesystem::path path)
    : path_(std::move(path)) {
  if (!file_size_if_exists(path_)) {
    throw Error(ErrorKind::not_found, fmt::format("{} does not exist", path_.string()));
  }
  const std::string file = sql_text(path_.string());
  try {
    std::vector<std::string> names = top_names(connection, file);
    QueryResult described = connection.query(
        fmt::format("SELECT column_name, column_type FROM (DESCRIBE FROM {})", table()));
    while (const auto chunk = described.next()) {
      for (std::size_t row = 0; row < chunk->rows(); ++row) {
        const std::string sql_name(chunk->column(0).as_text(row));
        const std::size_t place = columns_.size();
        columns_.push_back({place < names.size() ? names[place] : sql_name, sql_name,
                            std::string(chunk->column(1).as_text(row))});
      }
    }
    rows_ =
        connection.query_int(fmt::format("SELECT num_rows FROM parquet_file_metadata({})", file));
    row_groups_ = connection.query_int(
        fmt::format("SELECT num_row_groups FROM parquet_file_metadata({})", file));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::bad_input) throw;
    throw Error(ErrorKind::bad_input, fmt::format("{} cannot be read as Parquet: export it again "
                                                  "({})",
                                                  path_.string(), error.what()));
  }
}

std::string MatrixFile::table() const {
  return fmt::format("read_parquet({}, hive_partitioning = false)", sql_text(path_.string()));
}

std::vector<std::string> MatrixFile::as_doubles(const std::vector<std::string>& names) const {
  std::unordered_map<std::string_view, const Column*> by_name;
  for (const Column& column : columns_) by_name.emplace(column.name, &column);
  std::vector<std::string> expressions;
  std::string missing;
  std::size_t missing_count = 0;
  constexpr std::size_t kNamed = 10;  // a sentence, not a listing
  for (const std::string& name : names) {
    const auto found = by_name.find(name);
    if (found == by_name.end()) {
      if (++missing_count <= kNamed) missing += (missing.empty() ? "" : ", ") + name;
      continue;
    }
    const auto expression = as_double(*found->second);
    if (!expression) {
      throw Error(ErrorKind::bad_input,
                  fmt::format("{}: column {} is of type {}, and a number is needed: export it as "
                              "DOUBLE, categories as their codes",
                              path_.string(), name, found->second->type));
    }
    expressions.push_back(*expression);
  }
  if (missing_count == 0) return expressions;
  if (missing_count > kNamed) missing += fmt::format(" and {} more", missing_count - kNamed);
  throw Error(ErrorKind::bad_input,
              fmt::format("{} lacks columns that the model needs: {}", path_.string(), missing));
}

}  // namespace aml::commands
