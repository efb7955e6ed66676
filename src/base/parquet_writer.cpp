// Speaks to DuckDB directly: a table function hands its Parquet writer the rows as they are made,
// so that five million transfers are never held in a table before the first is written.
#include "base/parquet_writer.h"

#include <duckdb.h>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "base/database.h"
#include "base/error.h"
#include "base/threads.h"

namespace aml {

namespace {

// With more threads DuckDB cuts row groups as they happen to come.
constexpr int kWritingThreads = 1;
constexpr const char* kFunction = "rows_to_write";

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
    case ColumnType::text_list:
      return list_of(DUCKDB_TYPE_VARCHAR);
    case ColumnType::uint16_list:
      return list_of(DUCKDB_TYPE_USMALLINT);
  }
  throw Error(ErrorKind::internal, "a column type is not known to the Parquet writer");
}

// The cells of one chunk, filled row by row.
class ChunkSink : public RowSink {
 public:
  ChunkSink(const std::vector<ParquetColumn>& columns, duckdb_data_chunk chunk)
      : columns_(columns) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      vectors_.push_back(duckdb_data_chunk_get_vector(chunk, i));
      cells_.push_back(duckdb_vector_get_data(vectors_.back()));
    }
  }

  void end_row() {
    if (column_ != columns_.size()) {
      throw Error(ErrorKind::internal,
                  fmt::format("a row of {} columns has {} values", columns_.size(), column_));
    }
    column_ = 0;
    ++row_;
  }

  RowSink& null() override {
    duckdb_vector vector = vectors_.at(column_++);
    duckdb_vector_ensure_validity_writable(vector);
    duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), row_);
    return *this;
  }

  RowSink& integer(std::uint64_t value) override {
    switch (columns_.at(column_).type) {
      case ColumnType::int64:
        put(static_cast<std::int64_t>(value));
        break;
      case ColumnType::uint8:
        put(static_cast<std::uint8_t>(value));
        break;
      case ColumnType::uint16:
        put(static_cast<std::uint16_t>(value));
        break;
      case ColumnType::uint32:
        put(static_cast<std::uint32_t>(value));
        break;
      case ColumnType::uint64:
        put(value);
        break;
      default:
        misfit("an integer");
    }
    return *this;
  }

  RowSink& real(double value) override {
    if (columns_.at(column_).type == ColumnType::float32) {
      put(static_cast<float>(value));
    } else {
      expect(ColumnType::float64, "a number");
      put(value);
    }
    return *this;
  }

  RowSink& flag(bool value) override {
    expect(ColumnType::boolean, "a flag");
    put(value);
    return *this;
  }

  RowSink& text(std::string_view value) override {
    expect(ColumnType::text, "a text");
    duckdb_vector_assign_string_element_len(vectors_[column_++], row_, value.data(), value.size());
    return *this;
  }

  RowSink& date(std::int32_t days_since_1970) override {
    expect(ColumnType::date, "a date");
    put(days_since_1970);
    return *this;
  }

  RowSink& attos(Int128 value) override {
    expect(ColumnType::money, "money");
    put(duckdb_hugeint{static_cast<std::uint64_t>(value), static_cast<std::int64_t>(value >> 64)});
    return *this;
  }

  RowSink& texts(std::span<const std::string> values) override {
    expect(ColumnType::text_list, "a list of texts");
    const auto [child, offset] = begin_list(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      duckdb_vector_assign_string_element_len(child, offset + i, values[i].data(),
                                              values[i].size());
    }
    return *this;
  }

  RowSink& integers(std::span<const std::uint16_t> values) override {
    expect(ColumnType::uint16_list, "a list of integers");
    const auto [child, offset] = begin_list(values.size());
    std::copy(values.begin(), values.end(),
              static_cast<std::uint16_t*>(duckdb_vector_get_data(child)) + offset);
    return *this;
  }

 private:
  template <typename T>
  void put(T value) {
    static_cast<T*>(cells_[column_++])[row_] = value;
  }

  // Makes room for a list of `size` in this cell and moves on to the next.
  std::pair<duckdb_vector, std::size_t> begin_list(std::size_t size) {
    duckdb_vector list = vectors_[column_];
    const std::size_t offset = duckdb_list_vector_get_size(list);
    duckdb_list_vector_reserve(list, offset + size);
    duckdb_list_vector_set_size(list, offset + size);
    put(duckdb_list_entry{offset, size});
    return {duckdb_list_vector_get_child(list), offset};
  }

  void expect(ColumnType type, const char* what) const {
    if (columns_.at(column_).type != type) misfit(what);
  }
  [[noreturn]] void misfit(const char* what) const {
    throw Error(ErrorKind::internal,
                fmt::format("{} does not fit column {}", what, columns_.at(column_).name));
  }

  const std::vector<ParquetColumn>& columns_;
  std::vector<duckdb_vector> vectors_;
  std::vector<void*> cells_;
  std::size_t column_ = 0;
  std::size_t row_ = 0;
};

struct Source {
  const std::vector<ParquetColumn>& columns;
  std::size_t row_count;
  const std::function<void(std::size_t, RowSink&)>& fill;
  std::size_t next_row = 0;
  std::exception_ptr failure = nullptr;
};

void bind_rows(duckdb_bind_info info) {
  const auto& source = *static_cast<Source*>(duckdb_bind_get_extra_info(info));
  for (const ParquetColumn& column : source.columns) {
    duckdb_logical_type type = logical_type(column.type);
    duckdb_bind_add_result_column(info, column.name.c_str(), type);
    duckdb_destroy_logical_type(&type);
  }
  duckdb_bind_set_cardinality(info, source.row_count, true);
}

void init_rows(duckdb_init_info info) { duckdb_init_set_max_threads(info, kWritingThreads); }

void next_rows(duckdb_function_info info, duckdb_data_chunk chunk) {
  auto& source = *static_cast<Source*>(duckdb_function_get_extra_info(info));
  try {
    throw_if_stop_requested();
    const std::size_t count =
        std::min<std::size_t>(source.row_count - source.next_row, duckdb_vector_size());
    ChunkSink sink(source.columns, chunk);
    for (std::size_t i = 0; i < count; ++i) {
      source.fill(source.next_row++, sink);
      sink.end_row();
    }
    duckdb_data_chunk_set_size(chunk, count);
  } catch (...) {
    source.failure = std::current_exception();
    duckdb_function_set_error(info, "the rows could not be made");
  }
}

void register_source(Connection& connection, Source& source) {
  duckdb_table_function function = duckdb_create_table_function();
  duckdb_table_function_set_name(function, kFunction);
  duckdb_table_function_set_extra_info(function, &source, nullptr);
  duckdb_table_function_set_bind(function, bind_rows);
  duckdb_table_function_set_init(function, init_rows);
  duckdb_table_function_set_function(function, next_rows);
  const duckdb_state state = duckdb_register_table_function(
      static_cast<duckdb_connection>(connection.native_handle()), function);
  duckdb_destroy_table_function(&function);
  if (state != DuckDBSuccess) {
    throw Error(ErrorKind::internal, "DuckDB refuses the table function of the Parquet writer");
  }
}

}  // namespace

void write_parquet(const std::filesystem::path& file, const std::vector<ParquetColumn>& columns,
                   std::size_t row_count, const ParquetOptions& options,
                   const std::function<void(std::size_t, RowSink&)>& fill) {
  Database database({.threads = kWritingThreads, .memory_limit = options.memory_limit});
  Connection connection = database.connect();
  Source source{columns, row_count, fill};
  register_source(connection, source);
  try {
    write_parquet(connection, fmt::format("SELECT * FROM {}()", kFunction), file,
                  options.row_group_rows);
  } catch (const Error&) {
    if (source.failure) std::rethrow_exception(source.failure);
    throw;
  }
}

void write_parquet(Connection& connection, const std::string& query,
                   const std::filesystem::path& file, std::size_t row_group_rows) {
  // Without a file of DuckDB's own beside this one, which would be renamed over it.
  connection.run(
      fmt::format("COPY ({}) TO {} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {}, "
                  "USE_TMP_FILE false)",
                  query, sql_text(file.string()), row_group_rows));
}

}  // namespace aml
