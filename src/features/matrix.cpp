#include "features/matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "base/error.h"

namespace aml::features {
namespace {

bool is_numeric(const std::string& type) {
  static const std::set<std::string> names = {"BOOLEAN",   "TINYINT",  "SMALLINT", "INTEGER",
                                              "BIGINT",    "HUGEINT",  "FLOAT",    "UTINYINT",
                                              "USMALLINT", "UINTEGER", "DOUBLE",   "UBIGINT"};
  return names.count(type) > 0 || (type.starts_with("DECIMAL") && !type.ends_with(']'));
}

struct TableColumn {
  std::string name;
  std::string type;
};

std::vector<TableColumn> columns_of(Connection& connection, const std::string& table) {
  std::vector<TableColumn> columns;
  QueryResult described = connection.query(
      fmt::format("SELECT column_name, column_type FROM (DESCRIBE FROM {})", sql_name(table)));
  while (const std::optional<Chunk> chunk = described.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      columns.push_back(
          {std::string(chunk->column(0).as_text(row)), std::string(chunk->column(1).as_text(row))});
    }
  }
  return columns;
}

void check_columns(const std::vector<TableColumn>& columns, const SqlFile& file,
                   const std::string& id) {
  if (columns.front().name != id || columns.front().type != "VARCHAR") {
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: the first column is {} of type {}, but it must be {}, text",
                            file.file_name, columns.front().name, columns.front().type, id));
  }
  for (std::size_t i = 1; i < columns.size(); ++i) {
    if (!is_numeric(columns[i].type)) {
      throw Error(ErrorKind::bad_input,
                  fmt::format("{}: column {} is of type {}, but features are numbers: encode it or "
                              "leave it out",
                              file.file_name, columns[i].name, columns[i].type));
    }
  }
}

void check_rows(Connection& connection, const SqlFile& file, const std::string& id,
                const std::string& keys) {
  const std::string table = sql_name(file.table);
  const std::int64_t repeated =
      connection.query_int(fmt::format("SELECT count(*) - count(DISTINCT {}) FROM {}", id, table));
  if (repeated > 0) {
    throw Error(
        ErrorKind::bad_input,
        fmt::format("{}: column {} repeats or is empty in {} rows: a join multiplies rows, or "
                    "a GROUP BY is missing",
                    file.file_name, id, repeated));
  }
  const std::int64_t missing = connection.query_int(fmt::format(
      "SELECT count(*) FROM {1} WHERE {0} NOT IN (SELECT {0} FROM {2})", id, keys, table));
  const std::int64_t unknown = connection.query_int(fmt::format(
      "SELECT count(*) FROM {2} WHERE {0} NOT IN (SELECT {0} FROM {1})", id, keys, table));
  if (missing + unknown > 0) {
    throw Error(
        ErrorKind::bad_input,
        fmt::format("{}: {} rows of {} are missing and {} are not there: it must make one row "
                    "for each, so join other tables with LEFT JOIN",
                    file.file_name, missing, keys, unknown));
  }
}

void append(const Chunk& chunk, FeatureMatrix& matrix) {
  const ColumnView ids = chunk.column(0);
  for (std::size_t row = 0; row < chunk.rows(); ++row) {
    matrix.ids.emplace_back(ids.as_text(row));
  }
  for (std::size_t f = 0; f < matrix.columns.size(); ++f) {
    const ColumnView values = chunk.column(f + 1);
    for (std::size_t row = 0; row < chunk.rows(); ++row) {
      const bool is_known = !values.is_null(row) && std::isfinite(values.as_double(row));
      matrix.columns[f].push_back(is_known ? values.as_double(row)
                                           : std::numeric_limits<double>::quiet_NaN());
    }
  }
}

// Here and not by ORDER BY: sorting rows of two hundred columns takes DuckDB longer than making
// them.
void sort_by_id(FeatureMatrix& matrix) {
  std::vector<std::size_t> order(matrix.rows());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return matrix.ids[a] < matrix.ids[b]; });
  std::vector<std::string> ids;
  ids.reserve(order.size());
  for (const std::size_t row : order) {
    ids.push_back(std::move(matrix.ids[row]));
  }
  matrix.ids = std::move(ids);
  std::vector<double> sorted(order.size());
  for (std::vector<double>& column : matrix.columns) {
    for (std::size_t row = 0; row < order.size(); ++row) {
      sorted[row] = column[order[row]];
    }
    column.swap(sorted);
  }
}

}  // namespace

FeatureMatrix read_matrix(Connection& connection, const SqlFile& file, const std::string& id,
                          const std::string& keys) {
  const std::vector<TableColumn> columns = columns_of(connection, file.table);
  check_columns(columns, file, id);
  check_rows(connection, file, id, keys);

  FeatureMatrix matrix;
  std::string list = id;
  for (std::size_t i = 1; i < columns.size(); ++i) {
    matrix.names.push_back(columns[i].name);
    list += fmt::format(", CAST({} AS DOUBLE)", sql_name(columns[i].name));
  }
  matrix.columns.resize(matrix.names.size());
  QueryResult result =
      connection.query(fmt::format("SELECT {} FROM {}", list, sql_name(file.table)));
  while (const std::optional<Chunk> chunk = result.next()) {
    append(*chunk, matrix);
  }
  sort_by_id(matrix);
  return matrix;
}

}  // namespace aml::features
