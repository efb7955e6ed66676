// Hands DuckDB whole columns: an appender takes them value by value.
#include "snapshot/table_writer.h"

#include <duckdb.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/database.h"
#include "base/parquet_writer.h"
#include "flows/transfers.h"

namespace aml::snapshot {

namespace {

constexpr std::int64_t kMostMoney = 999'999'999'999'999'999;  // of rounded_money

duckdb_vector vector_of(void* chunk, std::size_t column) {
  return duckdb_data_chunk_get_vector(static_cast<duckdb_data_chunk>(chunk), column);
}

void set_null(duckdb_vector vector, std::size_t row) {
  duckdb_vector_ensure_validity_writable(vector);
  duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), row);
}

}  // namespace

void TableChunk::integer(std::size_t column, std::size_t row, std::int64_t value) {
  duckdb_vector vector = vector_of(chunk_, column);
  static_cast<std::int64_t*>(duckdb_vector_get_data(vector))[row] = value;
  if (value == flows::kMissing) set_null(vector, row);
}

void TableChunk::integers(std::size_t column, const std::int64_t* values, std::size_t rows) {
  duckdb_vector vector = vector_of(chunk_, column);
  auto* const cells = static_cast<std::int64_t*>(duckdb_vector_get_data(vector));
  duckdb_logical_type type = duckdb_vector_get_column_type(vector);
  const bool is_money = duckdb_get_type_id(type) == DUCKDB_TYPE_DECIMAL;
  duckdb_destroy_logical_type(&type);
  for (std::size_t row = 0; row < rows; ++row) {
    cells[row] = is_money ? std::min(values[row], kMostMoney) : values[row];
    if (values[row] == flows::kMissing) set_null(vector, row);
  }
}

void TableChunk::numbers(std::size_t column, const double* values, std::size_t rows) {
  duckdb_vector vector = vector_of(chunk_, column);
  auto* const cells = static_cast<double*>(duckdb_vector_get_data(vector));
  for (std::size_t row = 0; row < rows; ++row) {
    cells[row] = values[row];
    if (std::isnan(values[row])) set_null(vector, row);
  }
}

void TableChunk::features(std::size_t column, const flows::Columns& set, std::size_t place,
                          std::size_t rows) {
  for (const flows::Column& feature : set) {
    if (feature.numbers.empty()) {
      integers(column++, feature.integers.data() + place, rows);
    } else {
      numbers(column++, feature.numbers.data() + place, rows);
    }
  }
}

void TableChunk::features(std::size_t column, const std::vector<flows::Columns>& sets,
                          std::size_t place, std::size_t rows) {
  for (const flows::Columns& set : sets) {
    features(column, set, place, rows);
    column += set.size();
  }
}

void TableChunk::text(std::size_t column, std::size_t row, std::string_view value) {
  duckdb_vector_assign_string_element_len(vector_of(chunk_, column), row, value.data(),
                                          value.size());
}

void TableChunk::texts(std::size_t column, std::size_t row,
                       const std::vector<std::string_view>& values) {
  duckdb_vector list = vector_of(chunk_, column);
  const std::size_t offset = duckdb_list_vector_get_size(list);
  duckdb_list_vector_reserve(list, offset + values.size());
  duckdb_list_vector_set_size(list, offset + values.size());
  static_cast<duckdb_list_entry*>(duckdb_vector_get_data(list))[row] = {offset, values.size()};
  duckdb_vector child = duckdb_list_vector_get_child(list);
  for (std::size_t i = 0; i < values.size(); ++i) {
    duckdb_vector_assign_string_element_len(child, offset + i, values[i].data(), values[i].size());
  }
}

namespace {

// What base asks for a chunk, as this stage fills it.
FillChunk chunk_filler(const FillRows& fill) {
  return [&fill](std::size_t first, std::size_t rows, void* chunk) {
    TableChunk view(chunk);
    fill(first, rows, view);
  };
}

}  // namespace

ColumnType column_type(flows::Unit unit) {
  switch (unit) {
    case flows::Unit::count:
    case flows::Unit::seconds:
      return ColumnType::int64;
    case flows::Unit::usd:
    case flows::Unit::usd_hours:
      return ColumnType::rounded_money;
    default:
      return ColumnType::float64;
  }
}

void make_table(Connection& connection, const std::string& name,
                const std::vector<TableColumn>& columns, std::size_t rows, const FillRows& fill) {
  with_rows(connection, columns, rows, chunk_filler(fill), [&](const std::string& function) {
    connection.run(fmt::format("CREATE TABLE {} AS SELECT * FROM {}()", sql_name(name), function));
  });
}

void make_empty_table(Connection& connection, const std::string& name,
                      const std::vector<TableColumn>& columns) {
  make_table(connection, name, columns, 0, [](std::size_t, std::size_t, TableChunk&) {});
}

void append_rows(Connection& connection, const std::string& name,
                 const std::vector<TableColumn>& columns, std::size_t rows, const FillRows& fill) {
  with_rows(connection, columns, rows, chunk_filler(fill), [&](const std::string& function) {
    connection.run(fmt::format("INSERT INTO {} SELECT * FROM {}()", sql_name(name), function));
  });
}

void copy_table(Connection& connection, const std::string& name,
                const std::filesystem::path& folder) {
  connection.run(fmt::format("COPY {} TO {} (FORMAT parquet, COMPRESSION zstd)", name,
                             sql_path(folder / (name + ".parquet"))));
}

void write_table(const std::filesystem::path& file, const std::vector<TableColumn>& columns,
                 std::size_t rows, const std::string& memory_limit, const FillRows& fill) {
  write_parquet_chunks(file, columns, rows, {.memory_limit = memory_limit}, chunk_filler(fill));
}

}  // namespace aml::snapshot
