#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/instruction_set.h"

namespace aml::forest {

// Rows are scored 64 at a time, a bit of a word for each.
inline constexpr std::size_t kTileRows = 64;
using RowBits = std::uint64_t;  // bit r: row r of the tile
using TileValues = std::array<double, kTileRows>;
using TileWords = std::array<std::uint64_t, kTileRows>;

// What is asked of the rows of a tile, many times over.
struct RowQuestions {
  // rows[i]: those whose value is at most thresholds[i]. NaN is not.
  void (*at_most)(const TileValues& values, std::span<const double> thresholds,
                  std::span<RowBits> rows);
  // rows[i]: those whose word has bit i.
  void (*has_bit)(const TileWords& words, std::span<RowBits> rows);
};

RowQuestions row_questions(InstructionSet set);

}  // namespace aml::forest
