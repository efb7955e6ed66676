#include "validation/gram.h"

#include <algorithm>
#include <array>

#include "base/threads.h"
#include "validation/vector_kernels.h"

namespace aml::validation {

namespace {

// So many columns are summed as floats before they are added up as doubles: a tile's rows stay in
// the nearest cache, and rounding stays below 1e-6 of the whole.
constexpr std::size_t kChunk = 512;

using Tile = std::array<double, kTileRows * kTileColumns>;

void add_chunk(MultiplyRows multiply_rows, const std::array<const float*, kTileRows>& left,
               const std::array<const float*, kTileColumns>& right, std::size_t begin,
               std::size_t end, Tile& tile) {
  const std::size_t whole = end - (end - begin) % kLanes;
  LaneSums sums;
  multiply_rows(left, right, begin, whole, sums);
  for (std::size_t s = 0; s < sums.size(); ++s) {
    for (const float sum : sums[s]) tile[s] += static_cast<double>(sum);
    for (std::size_t i = whole; i < end; ++i) {
      tile[s] += static_cast<double>(left[s / kTileColumns][i]) *
                 static_cast<double>(right[s % kTileColumns][i]);
    }
  }
}

}  // namespace

std::vector<double> gram_matrix(std::span<const std::span<const float>> rows, int threads,
                                InstructionSet set) {
  const MultiplyRows multiply_rows = vector_kernels(set).multiply_rows;
  const std::size_t count = rows.size();
  std::vector<double> gram(count * count);
  if (count == 0) return gram;
  const std::size_t length = rows[0].size();
  const std::size_t bands = (count + kTileRows - 1) / kTileRows;
  parallel_blocks(bands, 1, threads, [&](std::size_t band, std::size_t) {
    std::array<const float*, kTileRows> left{};
    for (std::size_t r = 0; r < kTileRows; ++r) {
      left[r] = rows[std::min(band * kTileRows + r, count - 1)].data();
    }
    const std::size_t last = std::min((band + 1) * kTileRows, count);
    for (std::size_t j = 0; j < last; j += kTileColumns) {
      const std::array<const float*, kTileColumns> right{rows[j].data(),
                                                         rows[std::min(j + 1, count - 1)].data()};
      Tile tile{};
      for (std::size_t begin = 0; begin < length; begin += kChunk) {
        add_chunk(multiply_rows, left, right, begin, std::min(begin + kChunk, length), tile);
      }
      for (std::size_t s = 0; s < tile.size(); ++s) {
        const std::size_t row = band * kTileRows + s / kTileColumns;
        const std::size_t column = j + s % kTileColumns;
        if (row < count && column <= row) gram[row * count + column] = tile[s];
      }
    }
  });
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < i; ++j) gram[j * count + i] = gram[i * count + j];
  }
  return gram;
}

}  // namespace aml::validation
