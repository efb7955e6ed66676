#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/database.h"
#include "base/table_function.h"
#include "flows/feature.h"

namespace aml::snapshot {

// What a feature of flows is in a table.
ColumnType column_type(flows::Unit unit);

// Up to 2,048 rows of a table that is being written, column by column: whole columns, where
// parquet_writer.h takes cells.
class TableChunk {
 public:
  explicit TableChunk(void* chunk) : chunk_(chunk) {}
  // kMissing is NULL; money is cut at the largest that its type holds.
  void integers(std::size_t column, const std::int64_t* values, std::size_t rows);
  void integer(std::size_t column, std::size_t row, std::int64_t value);
  // NaN is NULL.
  void numbers(std::size_t column, const double* values, std::size_t rows);
  // Columns from `column` on: rows of a set's features, from `place` on.
  void features(std::size_t column, const flows::Columns& set, std::size_t place, std::size_t rows);
  // The same of what flows::FeatureBlocks computed.
  void features(std::size_t column, const std::vector<flows::Columns>& sets, std::size_t place,
                std::size_t rows);
  void text(std::size_t column, std::size_t row, std::string_view value);
  void texts(std::size_t column, std::size_t row, const std::vector<std::string_view>& values);

 private:
  void* chunk_;
};

// Gives rows [first, first + rows) of a table; asked for chunk after chunk in order.
using FillRows = std::function<void(std::size_t first, std::size_t rows, TableChunk& chunk)>;

// Makes a table in the session of rows that `fill` gives. Throws what `fill` throws.
void make_table(Connection& connection, const std::string& name,
                const std::vector<TableColumn>& columns, std::size_t rows, const FillRows& fill);
void make_empty_table(Connection& connection, const std::string& name,
                      const std::vector<TableColumn>& columns);
// Adds rows to a table that make_empty_table() made of the same columns.
void append_rows(Connection& connection, const std::string& name,
                 const std::vector<TableColumn>& columns, std::size_t rows, const FillRows& fill);

// Writes a table of the session as {folder}/{name}.parquet (zstd).
void copy_table(Connection& connection, const std::string& name,
                const std::filesystem::path& folder);

// Writes a Parquet file (zstd) of rows that `fill` gives. Throws what `fill` throws, and an Error
// where the disk refuses.
void write_table(const std::filesystem::path& file, const std::vector<TableColumn>& columns,
                 std::size_t rows, const std::string& memory_limit, const FillRows& fill);

}  // namespace aml::snapshot
