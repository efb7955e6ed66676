#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace aml::simulation {

// Rows of equally many numbers, one after the other.
struct Table {
  std::size_t width = 0;
  std::vector<float> cells;
  std::size_t rows() const { return width == 0 ? 0 : cells.size() / width; }
  std::span<const float> row(std::size_t i) const { return {cells.data() + i * width, width}; }
};

// How easily each row is told from the others, 0 to 1, by an isolation forest (Liu, Ting and Zhou
// 2008): 64 trees on samples of 256 rows, 2^(-mean depth / expected depth). `key` decides the
// trees.
std::vector<double> isolation_scores(const Table& table, std::uint64_t key, int threads);

}  // namespace aml::simulation
