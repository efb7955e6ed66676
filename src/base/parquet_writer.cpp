// Speaks to DuckDB directly: a chunk of its table function is filled cell by cell.
#include "base/parquet_writer.h"

#include <duckdb.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/database.h"
#include "base/error.h"

namespace aml {

namespace {

// With more threads DuckDB cuts row groups as they happen to come.
constexpr int kWritingThreads = 1;

// The cells of one chunk, filled row by row.
class ChunkSink : public RowSink {
 public:
  ChunkSink(const std::vector<TableColumn>& columns, duckdb_data_chunk chunk) : columns_(columns) {
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

  const std::vector<TableColumn>& columns_;
  std::vector<duckdb_vector> vectors_;
  std::vector<void*> cells_;
  std::size_t column_ = 0;
  std::size_t row_ = 0;
};

}  // namespace

void write_parquet(const std::filesystem::path& file, const std::vector<TableColumn>& columns,
                   std::size_t row_count, const ParquetOptions& options,
                   const std::function<void(std::size_t, RowSink&)>& fill) {
  const auto fill_chunk = [&](std::size_t first, std::size_t rows, void* chunk) {
    ChunkSink sink(columns, static_cast<duckdb_data_chunk>(chunk));
    for (std::size_t i = 0; i < rows; ++i) {
      fill(first + i, sink);
      sink.end_row();
    }
  };
  write_parquet_chunks(file, columns, row_count, options, fill_chunk);
}

void write_parquet_chunks(const std::filesystem::path& file,
                          const std::vector<TableColumn>& columns, std::size_t row_count,
                          const ParquetOptions& options, const FillChunk& fill) {
  Database database({.threads = kWritingThreads, .memory_limit = options.memory_limit});
  Connection connection = database.connect();
  with_rows(connection, columns, row_count, fill, [&](const std::string& function) {
    write_parquet(connection, fmt::format("SELECT * FROM {}()", function), file,
                  options.row_group_rows);
  });
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
