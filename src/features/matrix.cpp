#include "features/matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "base/error.h"
#include "features/run_sql.h"

namespace aml::features {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

bool is_numeric(const std::string& type) {
  static const std::set<std::string> names = {
      "BOOLEAN", "TINYINT",  "SMALLINT",  "INTEGER",  "BIGINT",  "HUGEINT", "FLOAT",
      "DOUBLE",  "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "DECIMAL"};
  return names.count(type) > 0;
}

std::string id_name(RowKind kind) { return std::string(row_kind_name(kind)) + "_id"; }

void check_columns(const std::vector<ResultColumn>& columns, const SqlStep& step) {
  const std::string id = id_name(*step.row_kind);
  if (columns.empty() || columns.front().name != id || columns.front().type != "VARCHAR") {
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: the first column is {} of type {}, but it must be {}, text",
                            step.file_name, columns.front().name, columns.front().type, id));
  }
  for (std::size_t i = 1; i < columns.size(); ++i) {
    if (!is_numeric(columns[i].type)) {
      throw Error(ErrorKind::bad_input,
                  fmt::format("{}: column {} is of type {}, but features are numbers: encode it or "
                              "leave it out",
                              step.file_name, columns[i].name, columns[i].type));
    }
  }
}

// Doubles under names of their own, because a file may give two columns one name.
std::string as_doubles(std::size_t columns) {
  std::string list = "SELECT g.c0";
  for (std::size_t i = 1; i < columns; ++i) list += fmt::format(", CAST(g.c{} AS DOUBLE)", i);
  return list + " FROM (";
}

std::string column_names(std::size_t columns) {
  std::string list = ") AS g(c0";
  for (std::size_t i = 1; i < columns; ++i) list += fmt::format(", c{}", i);
  return list + ")";
}

}  // namespace

MatrixBuilder::MatrixBuilder(Connection& connection, RowKind kind) : kind_(kind) {
  std::vector<std::string> found;
  QueryResult result =
      connection.query(fmt::format("SELECT k.{0}_id FROM {0}s AS k", row_kind_name(kind)));
  while (const std::optional<Chunk> chunk = result.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      found.emplace_back(chunk->column(0).as_text(row));
    }
  }
  std::vector<std::size_t> order(found.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return found[a] < found[b]; });
  scan_order_.resize(found.size());
  matrix_.ids.reserve(found.size());
  rows_.reserve(found.size());
  for (std::size_t row = 0; row < order.size(); ++row) {
    scan_order_[order[row]] = row;
    matrix_.ids.push_back(std::move(found[order[row]]));
  }
  for (std::size_t row = 0; row < order.size(); ++row) rows_.emplace(matrix_.ids[row], row);
}

void MatrixBuilder::add(Connection& connection, const SqlStep& step) {
  const std::vector<ResultColumn> columns = columns_of(connection, step);
  check_columns(columns, step);
  const std::size_t first = matrix_.names.size();
  add_columns(step, columns);
  with_select(step, as_doubles(columns.size()), column_names(columns.size()),
              [&](const std::string& sql) { read_rows(connection, step, first, sql); });
}

void MatrixBuilder::add_columns(const SqlStep& step, const std::vector<ResultColumn>& columns) {
  for (std::size_t i = 1; i < columns.size(); ++i) {
    const std::string& name = columns[i].name;
    if (std::find(matrix_.names.begin(), matrix_.names.end(), name) != matrix_.names.end()) {
      throw Error(ErrorKind::bad_input, fmt::format("{}: the feature {} is made twice: rename one",
                                                    step.file_name, name));
    }
    const auto described = std::find_if(step.features.begin(), step.features.end(),
                                        [&](const Feature& f) { return f.name == name; });
    Feature feature{
        .name = name, .row_kind = kind_, .group = step.group, .file_name = step.file_name};
    features_.push_back(described == step.features.end() ? feature : *described);
    matrix_.names.push_back(name);
    matrix_.columns.emplace_back(matrix_.rows(), kMissing);
  }
}

void MatrixBuilder::read_rows(Connection& connection, const SqlStep& step, std::size_t first_column,
                              const std::string& select) {
  std::vector<bool> is_read(matrix_.rows());
  std::vector<std::size_t> rows;
  std::size_t guess = 0;
  QueryResult result = connection.stream(select);
  while (const std::optional<Chunk> chunk = result.next()) {
    rows.clear();
    const ColumnView ids = chunk->column(0);
    for (std::size_t i = 0; i < chunk->rows(); ++i, ++guess) {
      const std::string_view id = ids.is_null(i) ? std::string_view() : ids.as_text(i);
      const std::size_t row = row_of(id, guess, step);
      if (is_read[row]) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: {} {} has more than one row: a join multiplies rows, or a "
                                "GROUP BY is missing",
                                step.file_name, id_name(kind_), id));
      }
      is_read[row] = true;
      rows.push_back(row);
    }
    for (std::size_t f = first_column; f < matrix_.columns.size(); ++f) {
      const ColumnView values = chunk->column(f - first_column + 1);
      std::vector<double>& column = matrix_.columns[f];
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const bool is_known = !values.is_null(i) && std::isfinite(values.as_double(i));
        column[rows[i]] = is_known ? values.as_double(i) : kMissing;
      }
    }
  }
}

// Most groups give their rows in the order of the alerts, so that the next one is where it was
// among them.
std::size_t MatrixBuilder::row_of(std::string_view id, std::size_t guess,
                                  const SqlStep& step) const {
  if (guess < scan_order_.size() && matrix_.ids[scan_order_[guess]] == id) {
    return scan_order_[guess];
  }
  const auto found = rows_.find(id);
  if (found == rows_.end()) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: {} is {}, which is none of the snapshot's {}s", step.file_name,
                            id_name(kind_), id.empty() ? "empty" : id, row_kind_name(kind_)));
  }
  return found->second;
}

}  // namespace aml::features
