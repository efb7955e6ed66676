#include "base/table_function.h"

#include <duckdb.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>

#include "base/error.h"
#include "base/threads.h"

namespace aml {

namespace {

duckdb_logical_type logical_type(ColumnType type) {
  const auto list_of = [](duckdb_type child_type) {
    duckdb_logical_type child = duckdb_create_logical_type(child_type);
    duckdb_logical_type list = duckdb_create_list_type(child);
    duckdb_destroy_logical_type(&child);
    return list;
  };
  switch (type) {
    case ColumnType::int64:
      return duckdb_create_logical_type(DUCKDB_TYPE_BIGINT);
    case ColumnType::uint8:
      return duckdb_create_logical_type(DUCKDB_TYPE_UTINYINT);
    case ColumnType::uint16:
      return duckdb_create_logical_type(DUCKDB_TYPE_USMALLINT);
    case ColumnType::uint32:
      return duckdb_create_logical_type(DUCKDB_TYPE_UINTEGER);
    case ColumnType::uint64:
      return duckdb_create_logical_type(DUCKDB_TYPE_UBIGINT);
    case ColumnType::float32:
      return duckdb_create_logical_type(DUCKDB_TYPE_FLOAT);
    case ColumnType::float64:
      return duckdb_create_logical_type(DUCKDB_TYPE_DOUBLE);
    case ColumnType::boolean:
      return duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN);
    case ColumnType::text:
      return duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
    case ColumnType::date:
      return duckdb_create_logical_type(DUCKDB_TYPE_DATE);
    case ColumnType::money:
      return duckdb_create_decimal_type(38, 18);
    case ColumnType::rounded_money:
      return duckdb_create_decimal_type(18, 4);
    case ColumnType::text_list:
      return list_of(DUCKDB_TYPE_VARCHAR);
    case ColumnType::uint16_list:
      return list_of(DUCKDB_TYPE_USMALLINT);
  }
  throw Error(ErrorKind::internal, "a column type is not known to DuckDB's tables");
}

struct Source {
  const std::vector<TableColumn>& columns;
  std::size_t rows;
  const FillChunk& fill;
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
    if (rows > 0) source.fill(source.next, rows, chunk);
    source.next += rows;
    duckdb_data_chunk_set_size(chunk, rows);
  } catch (...) {
    source.failure = std::current_exception();
    duckdb_function_set_error(info, "the rows could not be made");
  }
}

}  // namespace

void with_rows(Connection& connection, const std::vector<TableColumn>& columns, std::size_t rows,
               const FillChunk& fill, const std::function<void(const std::string& function)>& use) {
  Source source{columns, rows, fill};
  static std::atomic<int> functions{0};
  const std::string name = fmt::format("rows_of_the_program_{}", ++functions);
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
    throw Error(ErrorKind::internal, "DuckDB refuses a table function");
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

}  // namespace aml
