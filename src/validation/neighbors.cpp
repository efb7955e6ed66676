#include "validation/neighbors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "base/threads.h"
#include "metrics/correlation.h"
#include "validation/vector_kernels.h"

namespace aml::validation {

namespace {

// One bit per dimension for each column: its sign in the projection.
std::uint64_t signs_of(std::size_t column, std::uint64_t seed) {
  std::uint64_t z = seed + (column + 1) * 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

std::vector<PointBlock> project(std::span<const std::span<const double>> columns,
                                std::span<const std::size_t> sample, std::uint64_t seed) {
  std::vector<PointBlock> blocks((sample.size() + kLanes - 1) / kLanes, PointBlock{});
  std::vector<double> values(sample.size());
  std::vector<float> centered(blocks.size() * kLanes);
  for (std::size_t f = 0; f < columns.size(); ++f) {
    for (std::size_t i = 0; i < sample.size(); ++i) {
      const double value = columns[f][sample[i]];
      values[i] = std::isnan(value) ? -std::numeric_limits<double>::max() : value;
    }
    const std::vector<double> ranks = metrics::average_ranks(values);
    for (std::size_t i = 0; i < sample.size(); ++i) {
      centered[i] = static_cast<float>(ranks[i] / static_cast<double>(sample.size()) - 0.5);
    }
    const std::uint64_t signs = signs_of(f, seed);
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      const float* of_block = centered.data() + b * kLanes;
      for (std::size_t d = 0; d < kDimensions; ++d) {
        const float sign = (signs >> d & 1U) != 0 ? 1 : -1;
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
          blocks[b][d][lane] += sign * of_block[lane];
        }
      }
    }
  }
  // The lanes of the last block that have no point are far from all.
  for (std::size_t i = sample.size(); i < blocks.size() * kLanes; ++i) {
    for (auto& lanes : blocks[i / kLanes]) lanes[i % kLanes] = std::numeric_limits<float>::max();
  }
  return blocks;
}

Query query_of(const std::vector<PointBlock>& blocks, std::size_t own) {
  Query query{};
  for (std::size_t d = 0; d < kDimensions; ++d) {
    query.point[d] = blocks[own / kLanes][d][own % kLanes];
  }
  query.own = static_cast<std::uint32_t>(own);
  return query;
}

// The first of the nearest.
std::uint32_t best_of(const Nearest& nearest) {
  std::pair best{nearest.distance.front(), nearest.point.front()};
  for (std::size_t lane = 1; lane < kLanes; ++lane) {
    best = std::min(best, {nearest.distance[lane], nearest.point[lane]});
  }
  return best.second;
}

}  // namespace

Neighbors nearest_neighbors(std::span<const std::span<const double>> columns,
                            std::span<const std::size_t> sample, std::size_t queries,
                            std::uint64_t seed, int threads, InstructionSet set) {
  constexpr std::size_t kFewestRows = 3;
  Neighbors neighbors;
  if (columns.empty() || sample.size() < kFewestRows) return neighbors;
  const FindNearest find_nearest = vector_kernels(set).find_nearest;
  const std::vector<PointBlock> blocks = project(columns, sample, seed);
  const std::size_t count = std::min(queries, sample.size());
  neighbors.alert.resize(count);
  neighbors.neighbor.resize(count);
  // The sample is in the order of the alerts; every so-manyth of it is a sample as well.
  const auto alert_of = [&](std::size_t q) { return q * sample.size() / count; };
  constexpr std::size_t kQueries = 64;       // for whom points are brought near
  constexpr std::size_t kBlocksAtOnce = 32;  // 128 kB of points
  parallel_blocks(count, kQueries, threads, [&](std::size_t begin, std::size_t end) {
    std::array<Query, kQueries> asked;
    std::array<Nearest, kQueries> nearest;
    for (std::size_t q = 0; q < kQueries; ++q) {
      asked[q] = query_of(blocks, alert_of(std::min(begin + q, end - 1)));
      nearest[q].distance.fill(std::numeric_limits<float>::infinity());
      nearest[q].point.fill(std::numeric_limits<std::uint32_t>::max());
    }
    for (std::size_t b = 0; b < blocks.size(); b += kBlocksAtOnce) {
      const std::size_t stop = std::min(b + kBlocksAtOnce, blocks.size());
      for (std::size_t q = 0; q < kQueries; q += kQueriesAtOnce) {
        find_nearest(blocks.data(), b, stop, &asked[q], &nearest[q]);
      }
    }
    for (std::size_t q = begin; q < end; ++q) {
      neighbors.alert[q] = asked[q - begin].own;
      neighbors.neighbor[q] = best_of(nearest[q - begin]);
    }
  });
  return neighbors;
}

}  // namespace aml::validation
