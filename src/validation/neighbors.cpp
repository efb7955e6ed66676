#include "validation/neighbors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/threads.h"
#include "metrics/correlation.h"

namespace aml::validation {

namespace {

constexpr std::size_t kDimensions = 64;
using Point = std::array<float, kDimensions>;

// One bit per dimension for each column: its sign in the projection.
std::uint64_t signs_of(std::size_t column, std::uint64_t seed) {
  std::uint64_t z = seed + (column + 1) * 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

std::vector<Point> project(std::span<const std::span<const double>> columns,
                           std::span<const std::size_t> sample, std::uint64_t seed) {
  std::vector<Point> points(sample.size(), Point{});
  std::vector<double> values(sample.size());
  for (std::size_t f = 0; f < columns.size(); ++f) {
    for (std::size_t i = 0; i < sample.size(); ++i) {
      const double value = columns[f][sample[i]];
      values[i] = std::isnan(value) ? -std::numeric_limits<double>::max() : value;
    }
    const std::vector<double> ranks = metrics::average_ranks(values);
    const std::uint64_t signs = signs_of(f, seed);
    for (std::size_t i = 0; i < sample.size(); ++i) {
      const auto rank = static_cast<float>(ranks[i] / static_cast<double>(sample.size()) - 0.5);
      for (std::size_t d = 0; d < kDimensions; ++d) {
        points[i][d] += (signs >> d & 1U) != 0 ? rank : -rank;
      }
    }
  }
  return points;
}

float distance(const Point& a, const Point& b) {
  // Four sums, so that the processor adds four at once in an order that we choose.
  using Four = float __attribute__((vector_size(16)));
  constexpr std::size_t kLanes = 4;
  Four sum{};
  for (std::size_t d = 0; d < kDimensions; d += kLanes) {
    const Four difference = {a[d] - b[d], a[d + 1] - b[d + 1], a[d + 2] - b[d + 2],
                             a[d + 3] - b[d + 3]};
    sum += difference * difference;
  }
  return sum[0] + sum[1] + sum[2] + sum[3];
}

}  // namespace

Neighbors nearest_neighbors(std::span<const std::span<const double>> columns,
                            std::span<const std::size_t> sample, std::size_t queries,
                            std::uint64_t seed, int threads) {
  constexpr std::size_t kFewestRows = 3;
  Neighbors neighbors;
  if (columns.empty() || sample.size() < kFewestRows) return neighbors;
  const std::vector<Point> points = project(columns, sample, seed);
  const std::size_t count = std::min(queries, sample.size());
  neighbors.alert.resize(count);
  neighbors.neighbor.resize(count);
  // The sample is in the order of the alerts; every so-manyth of it is a sample as well.
  constexpr std::size_t kBlock = 64;
  parallel_blocks(count, kBlock, threads, [&](std::size_t begin, std::size_t end) {
    for (std::size_t q = begin; q < end; ++q) {
      const std::size_t own = q * sample.size() / count;
      float nearest = std::numeric_limits<float>::max();
      std::size_t best = own == 0 ? 1 : 0;
      for (std::size_t other = 0; other < points.size(); ++other) {
        if (other == own) continue;
        const float d = distance(points[own], points[other]);
        if (d < nearest) {
          nearest = d;
          best = other;
        }
      }
      neighbors.alert[q] = static_cast<std::uint32_t>(own);
      neighbors.neighbor[q] = static_cast<std::uint32_t>(best);
    }
  });
  return neighbors;
}

}  // namespace aml::validation
