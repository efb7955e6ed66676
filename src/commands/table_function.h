#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace aml::commands {

enum class CellType {
  integer,    // BIGINT
  money,      // DECIMAL(18,4), given as whole numbers of 1e-4
  number,     // DOUBLE
  text,       // VARCHAR
  text_list,  // VARCHAR[]
};

struct TableColumn {
  std::string name;
  CellType type = CellType::integer;
};

// Up to 2,048 rows of a table that is being written, column by column.
class TableChunk {
 public:
  explicit TableChunk(void* chunk) : chunk_(chunk) {}
  // kMissing is NULL; money is cut at the largest that its type holds.
  void integers(std::size_t column, const std::int64_t* values, std::size_t rows);
  // NaN is NULL.
  void numbers(std::size_t column, const double* values, std::size_t rows);
  void text(std::size_t column, std::size_t row, std::string_view value);
  void texts(std::size_t column, std::size_t row, const std::vector<std::string_view>& values);

 private:
  void* chunk_;
};

// Writes a Parquet file (zstd) of rows that `fill(first_row, rows, chunk)` gives, chunk after chunk
// in order. Throws what `fill` throws, and an Error where the disk refuses.
void write_table(
    const std::filesystem::path& file, const std::vector<TableColumn>& columns, std::size_t rows,
    const std::string& memory_limit,
    const std::function<void(std::size_t first, std::size_t rows, TableChunk& chunk)>& fill);

}  // namespace aml::commands
