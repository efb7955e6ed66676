#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/database.h"
#include "base/table_function.h"

// The one way in which this program writes Parquet: row by row or chunk by chunk as rows are made,
// or as a query of DuckDB gives them. The files are compressed by zstd, and their bytes depend on
// the rows alone. All write straight into `file`, which the caller stages so that it appears whole
// (see output_file.h, staged_directory.h); one that is there is emptied and keeps its mode.
namespace aml {

__extension__ typedef __int128 Int128;

// Where the cells of a row go: one call per column, in the table's order. A call that does not fit
// the column's type throws Error{internal}.
class RowSink {
 public:
  virtual ~RowSink() = default;
  virtual RowSink& null() = 0;                        // any
  virtual RowSink& integer(std::uint64_t value) = 0;  // int64, uint8 … uint64
  virtual RowSink& real(double value) = 0;            // float32, float64
  virtual RowSink& flag(bool value) = 0;
  virtual RowSink& text(std::string_view value) = 0;
  virtual RowSink& date(std::int32_t days_since_1970) = 0;
  // Whole micro-dollars, and 10^-18 dollars for what is divided.
  RowSink& money(std::int64_t micro_usd) {
    return attos(static_cast<Int128>(micro_usd) * 1'000'000'000'000);
  }
  virtual RowSink& attos(Int128 value) = 0;
  virtual RowSink& texts(std::span<const std::string> values) = 0;
  virtual RowSink& integers(std::span<const std::uint16_t> values) = 0;
};

struct ParquetOptions {
  std::string memory_limit;              // of DuckDB, "6GB"; empty: its default
  std::size_t row_group_rows = 122'880;  // of DuckDB's default; who reads row by row wants fewer
};

// Writes rows 0 … row_count-1, asking `fill` for each in turn: rows are never held all at once.
// Throws what `fill` throws, and Error where the disk refuses.
void write_parquet(const std::filesystem::path& file, const std::vector<TableColumn>& columns,
                   std::size_t row_count, const ParquetOptions& options,
                   const std::function<void(std::size_t row, RowSink& sink)>& fill);

// The same of rows that are made chunk by chunk (table_function.h).
void write_parquet_chunks(const std::filesystem::path& file,
                          const std::vector<TableColumn>& columns, std::size_t row_count,
                          const ParquetOptions& options, const FillChunk& fill);

// Writes the rows of a query, in its order. Throws as Connection::run.
void write_parquet(Connection& connection, const std::string& query,
                   const std::filesystem::path& file, std::size_t row_group_rows);

}  // namespace aml
