#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "base/threads.h"
#include "simulation/graph.h"
#include "simulation/random.h"

namespace aml::simulation {

namespace {

constexpr std::size_t kBlock = 2048;
constexpr std::size_t kRegisters = 48;
constexpr std::uint64_t kSketchStream = 77;

// Register j holds the least of the exponential numbers, one for each member of a set, of rate
// equal to the member's weight. The least of a union is the lesser of two, and the sum of the
// weights is estimated by (registers - 1) / Σ registers.
using Sketch = std::array<float, kRegisters>;

std::vector<Sketch> single_sketches(const std::vector<double>& weights, std::uint64_t key,
                                    int threads) {
  std::vector<Sketch> sketches(weights.size());
  parallel_blocks(weights.size(), kBlock, threads, [&](std::size_t begin, std::size_t end) {
    for (std::size_t id = begin; id < end; ++id) {
      Random random({key, kSketchStream, id});
      for (float& cell : sketches[id]) {
        cell = weights[id] > 0 ? static_cast<float>(random.exponential(1) / weights[id])
                               : std::numeric_limits<float>::max();
      }
    }
  });
  return sketches;
}

std::vector<Sketch> one_step_further(const Graph& graph, const std::vector<Sketch>& sketches,
                                     int threads) {
  std::vector<Sketch> wider = sketches;
  parallel_blocks(sketches.size(), kBlock, threads, [&](std::size_t begin, std::size_t end) {
    for (std::size_t id = begin; id < end; ++id) {
      Sketch& own = wider[id];
      for (const AddressId other : graph.neighbors.of(static_cast<AddressId>(id))) {
        const Sketch& from = sketches[other];
        for (std::size_t j = 0; j < kRegisters; ++j) own[j] = std::min(own[j], from[j]);
      }
    }
  });
  return wider;
}

double estimate(const Sketch& sketch) {
  double sum = 0;
  for (const float cell : sketch) sum += cell;
  return (kRegisters - 1) / sum;
}

// Sums of `weights` within 1, 2 and 3 steps of each address, its own left out.
std::vector<std::array<double, 3>> sums_around(const Graph& graph,
                                               const std::vector<double>& weights,
                                               std::uint64_t key, int threads) {
  std::vector<std::array<double, 3>> sums(weights.size());
  double total = 0;
  for (const double weight : weights) total += weight;
  for (std::size_t id = 0; id < sums.size(); ++id) {
    for (const AddressId other : graph.neighbors.of(static_cast<AddressId>(id))) {
      sums[id][0] += weights[other];
    }
  }
  std::vector<Sketch> sketches =
      one_step_further(graph, single_sketches(weights, key, threads), threads);
  for (std::size_t step = 1; step < 3; ++step) {
    sketches = one_step_further(graph, sketches, threads);
    for (std::size_t id = 0; id < sums.size(); ++id) {
      const double most = std::max(total - weights[id], sums[id][step - 1]);
      sums[id][step] = std::clamp(estimate(sketches[id]) - weights[id], sums[id][step - 1], most);
    }
  }
  return sums;
}

}  // namespace

Neighborhoods neighborhoods(const Graph& graph, const std::vector<double>& volumes_usd,
                            std::uint64_t key, int threads) {
  Neighborhoods result;
  const std::vector<double> ones(graph.size(), 1.0);
  const auto counts = sums_around(graph, ones, key, threads);
  result.counts.resize(graph.size());
  for (std::size_t id = 0; id < counts.size(); ++id) {
    for (std::size_t step = 0; step < 3; ++step) {
      result.counts[id][step] = static_cast<std::uint32_t>(std::llround(counts[id][step]));
    }
  }
  result.volumes_usd = sums_around(graph, volumes_usd, mix(key), threads);
  return result;
}

}  // namespace aml::simulation
