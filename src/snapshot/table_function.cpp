// Hands DuckDB whole columns: an appender takes them value by value.
#include "snapshot/table_function.h"

#include <duckdb.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>

#include "base/database.h"
#include "base/error.h"
#include "base/threads.h"
#include "flows/transfers.h"

namespace aml::snapshot {

namespace {

constexpr int kMoneyDigits = 18;
constexpr std::int64_t kMostMoney = 999'999'999'999'999'999;

duckdb_logical_type logical_type(CellType type) {
  switch (type) {
    case CellType::integer:
      return duckdb_create_logical_type(DUCKDB_TYPE_BIGINT);
    case CellType::money:
      return duckdb_create_decimal_type(kMoneyDigits, 4);
    case CellType::number:
      return duckdb_create_logical_type(DUCKDB_TYPE_DOUBLE);
    case CellType::text:
      return duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
    case CellType::text_list: {
      duckdb_logical_type child = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
      duckdb_logical_type list = duckdb_create_list_type(child);
      duckdb_destroy_logical_type(&child);
      return list;
    }
  }
  throw Error(ErrorKind::internal, "a column has a type that cannot be written");
}

struct Source {
  const std::vector<TableColumn>& columns;
  std::size_t rows;
  const FillRows& fill;
  std::size_t next = 0;
  std::exception_ptr failure = nullptr;
};

// The function outlives its source in the database, which nobody may then read.
using SourceHolder = Source*;

void bind(duckdb_bind_info info) {
  const SourceHolder holder = *static_cast<SourceHolder*>(duckdb_bind_get_extra_info(info));
  if (holder == nullptr) {
    duckdb_bind_set_error(info, "the rows of this function are gone");
    return;
  }
  const Source& source = *holder;
  for (const TableColumn& column : source.columns) {
    duckdb_logical_type type = logical_type(column.type);
    duckdb_bind_add_result_column(info, column.name.c_str(), type);
    duckdb_destroy_logical_type(&type);
  }
  duckdb_bind_set_cardinality(info, source.rows, true);
}

void init(duckdb_init_info info) { duckdb_init_set_max_threads(info, 1); }

void next_chunk(duckdb_function_info info, duckdb_data_chunk chunk) {
  Source& source = **static_cast<SourceHolder*>(duckdb_function_get_extra_info(info));
  try {
    throw_if_stop_requested();
    const std::size_t rows = std::min<std::size_t>(source.rows - source.next, duckdb_vector_size());
    TableChunk view(chunk);
    if (rows > 0) source.fill(source.next, rows, view);
    source.next += rows;
    duckdb_data_chunk_set_size(chunk, rows);
  } catch (...) {
    source.failure = std::current_exception();
    duckdb_function_set_error(info, "the rows could not be made");
  }
}

duckdb_vector vector_of(void* chunk, std::size_t column) {
  return duckdb_data_chunk_get_vector(static_cast<duckdb_data_chunk>(chunk), column);
}

void set_null(duckdb_vector vector, std::size_t row) {
  duckdb_vector_ensure_validity_writable(vector);
  duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), row);
}

}  // namespace

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

void TableChunk::features(std::size_t column, const std::vector<flows::Columns>& sets,
                          std::size_t place, std::size_t rows) {
  for (const flows::Columns& set : sets) {
    for (const flows::Column& feature : set) {
      if (feature.numbers.empty()) {
        integers(column++, feature.integers.data() + place, rows);
      } else {
        numbers(column++, feature.numbers.data() + place, rows);
      }
    }
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

// Calls `use` with the name of a table function that gives the rows.
void with_rows(Connection& connection, Source source,
               const std::function<void(const std::string& function)>& use) {
  static std::atomic<int> functions{0};
  const std::string name = fmt::format("rows_of_a_table_{}", ++functions);
  auto* const holder = new SourceHolder(&source);
  duckdb_table_function function = duckdb_create_table_function();
  duckdb_table_function_set_name(function, name.c_str());
  duckdb_table_function_set_extra_info(
      function, holder, [](void* extra) { delete static_cast<SourceHolder*>(extra); });
  duckdb_table_function_set_bind(function, bind);
  duckdb_table_function_set_init(function, init);
  duckdb_table_function_set_function(function, next_chunk);
  const duckdb_state state = duckdb_register_table_function(
      static_cast<duckdb_connection>(connection.native_handle()), function);
  if (state != DuckDBSuccess) {
    duckdb_destroy_table_function(&function);
    throw Error(ErrorKind::internal, "DuckDB refuses the table function of a table");
  }
  duckdb_destroy_table_function(&function);
  struct Release {
    SourceHolder* holder;
    ~Release() { *holder = nullptr; }
  } const release{holder};
  try {
    use(name);
  } catch (const Error&) {
    if (source.failure) std::rethrow_exception(source.failure);
    throw;
  }
}

}  // namespace

CellType cell_type(flows::Unit unit) {
  switch (unit) {
    case flows::Unit::count:
      return CellType::integer;
    case flows::Unit::usd:
    case flows::Unit::usd_hours:
      return CellType::money;
    default:
      return CellType::number;
  }
}

void make_table(Connection& connection, const std::string& name,
                const std::vector<TableColumn>& columns, std::size_t rows, const FillRows& fill) {
  with_rows(connection, Source{columns, rows, fill}, [&](const std::string& function) {
    connection.run(fmt::format("CREATE TABLE {} AS SELECT * FROM {}()", sql_name(name), function));
  });
}

void write_table(const std::filesystem::path& file, const std::vector<TableColumn>& columns,
                 std::size_t rows, const std::string& memory_limit, const FillRows& fill) {
  // With more threads DuckDB cuts row groups as they happen to come.
  Database database({.threads = 1, .memory_limit = memory_limit});
  Connection connection = database.connect();
  with_rows(connection, Source{columns, rows, fill}, [&](const std::string& function) {
    // In place: the file is one that was made to be written, and must not be replaced.
    connection.run(fmt::format(
        "COPY (SELECT * FROM {}()) TO {} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)",
        function, sql_text(file.string())));
  });
}

}  // namespace aml::snapshot
