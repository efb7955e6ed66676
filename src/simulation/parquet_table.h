#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "simulation/flow.h"

namespace aml::simulation {

__extension__ typedef __int128 Int128;

// The column types of SOT.md's clickhouse flavour. `money` is DECIMAL(38,18).
enum class ColumnType {
  uint8,
  uint16,
  uint32,
  uint64,
  float32,
  float64,
  boolean,
  text,
  date,
  money,
  text_list,
  uint16_list,
};

struct Column {
  const char* name;
  ColumnType type;
};

// Where the cells of a row go: one call per column, in the table's order. A call that does not fit
// the column's type throws Error{internal}.
class RowSink {
 public:
  virtual ~RowSink() = default;
  virtual RowSink& integer(std::uint64_t value) = 0;  // uint8 … uint64
  virtual RowSink& real(double value) = 0;            // float32, float64
  virtual RowSink& flag(bool value) = 0;
  virtual RowSink& text(std::string_view value) = 0;
  virtual RowSink& date(std::int32_t days_since_1970) = 0;
  // Whole micro-dollars, and 10^-18 dollars for what is divided.
  RowSink& money(MicroUsd value) { return attos(static_cast<Int128>(value) * 1'000'000'000'000); }
  virtual RowSink& attos(Int128 value) = 0;
  virtual RowSink& texts(std::span<const std::string> values) = 0;
  virtual RowSink& integers(std::span<const std::uint16_t> values) = 0;
};

// Writes rows 0 … row_count-1 as a Parquet file (zstd), asking `fill` for each in turn: rows are
// never held all at once. The bytes depend on the rows alone. Throws what `fill` throws, and Error
// where the disk refuses.
void write_parquet(const std::filesystem::path& file, const std::vector<Column>& columns,
                   std::size_t row_count, const std::string& memory_limit,
                   const std::function<void(std::size_t row, RowSink& sink)>& fill);

}  // namespace aml::simulation
