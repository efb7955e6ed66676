// How tightly the neighbours of an address are knit: triangles, cores, communities.
#include <algorithm>
#include <atomic>
#include <iterator>
#include <vector>

#include "base/threads.h"
#include "simulation/graph.h"
#include "simulation/random.h"

namespace aml::simulation {

namespace {

constexpr std::size_t kBlock = 1024;
constexpr int kLabelRounds = 5;

// Neighbours of higher degree only, ties by id: then every triangle is found once, and no list is
// longer than the square root of twice the edges.
Lists<AddressId> towards_higher_degree(const Graph& graph) {
  const auto higher = [&graph](AddressId a, AddressId b) {
    const std::size_t degree_a = graph.neighbors.of(a).size();
    const std::size_t degree_b = graph.neighbors.of(b).size();
    return degree_a != degree_b ? degree_a < degree_b : a < b;
  };
  Lists<AddressId> lists;
  lists.begins.push_back(0);
  for (AddressId id = 0; id < graph.size(); ++id) {
    for (const AddressId other : graph.neighbors.of(id)) {
      if (higher(id, other)) lists.values.push_back(other);
    }
    lists.begins.push_back(lists.values.size());
  }
  return lists;
}

}  // namespace

std::vector<double> clustering_coefficients(const Graph& graph, int threads) {
  const Lists<AddressId> upwards = towards_higher_degree(graph);
  std::vector<std::uint32_t> triangles(graph.size());
  const auto add = [&triangles](AddressId id) {
    std::atomic_ref<std::uint32_t>(triangles[id]).fetch_add(1, std::memory_order_relaxed);
  };
  parallel_blocks(graph.size(), kBlock, threads, [&](std::size_t begin, std::size_t end) {
    std::vector<AddressId> common;
    for (auto id = static_cast<AddressId>(begin); id < end; ++id) {
      const auto own = upwards.of(id);
      for (const AddressId other : own) {
        const auto theirs = upwards.of(other);
        common.clear();
        std::set_intersection(own.begin(), own.end(), theirs.begin(), theirs.end(),
                              std::back_inserter(common));
        for (const AddressId third : common) {
          add(id);
          add(other);
          add(third);
        }
      }
    }
  });
  std::vector<double> result(graph.size());
  for (AddressId id = 0; id < graph.size(); ++id) {
    const auto degree = static_cast<double>(graph.neighbors.of(id).size());
    if (degree >= 2) result[id] = 2.0 * triangles[id] / (degree * (degree - 1));
  }
  return result;
}

std::vector<std::uint32_t> core_numbers(const Graph& graph) {
  // Batagelj and Zaversnik 2003: addresses sorted into bins by degree, the least removed first.
  const AddressId count = graph.size();
  std::vector<std::uint32_t> degree(count);
  std::uint32_t most = 0;
  for (AddressId id = 0; id < count; ++id) {
    degree[id] = static_cast<std::uint32_t>(graph.neighbors.of(id).size());
    most = std::max(most, degree[id]);
  }
  std::vector<std::size_t> bin(most + 2);
  for (const std::uint32_t d : degree) ++bin[d + 1];
  for (std::size_t d = 1; d < bin.size(); ++d) bin[d] += bin[d - 1];
  std::vector<AddressId> order(count);
  std::vector<std::size_t> position(count);
  std::vector<std::size_t> next(bin.begin(), bin.end() - 1);
  for (AddressId id = 0; id < count; ++id) {
    position[id] = next[degree[id]]++;
    order[position[id]] = id;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const AddressId removed = order[i];
    for (const AddressId other : graph.neighbors.of(removed)) {
      if (degree[other] <= degree[removed]) continue;
      // Swap it with the first of its bin, and let the bin begin behind it.
      const std::size_t first = bin[degree[other]];
      const AddressId displaced = order[first];
      std::swap(order[first], order[position[other]]);
      position[displaced] = position[other];
      position[other] = first;
      bin[degree[other]] = first + 1;
      --degree[other];
    }
  }
  return degree;
}

std::vector<std::uint32_t> communities(const Graph& graph) {
  const AddressId count = graph.size();
  std::vector<std::uint32_t> label(count);
  for (AddressId id = 0; id < count; ++id) label[id] = id;
  std::vector<std::uint32_t> votes(count);
  for (int round = 0; round < kLabelRounds; ++round) {
    for (AddressId id = 0; id < count; ++id) {
      std::uint32_t best = label[id];
      std::uint32_t most = 0;
      for (const AddressId other : graph.neighbors.of(id)) {
        const std::uint32_t candidate = label[other];
        const std::uint32_t voted = ++votes[candidate];
        if (voted > most || (voted == most && mix({id, candidate}) < mix({id, best}))) {
          most = voted;
          best = candidate;
        }
      }
      for (const AddressId other : graph.neighbors.of(id)) votes[label[other]] = 0;
      label[id] = best;
    }
  }
  constexpr std::uint32_t kUnnumbered = 0xffffffff;
  std::vector<std::uint32_t> numbers(count, kUnnumbered);
  std::uint32_t used = 0;
  for (std::uint32_t& one : label) {
    if (numbers[one] == kUnnumbered) numbers[one] = used++;
    one = numbers[one];
  }
  return label;
}

}  // namespace aml::simulation
