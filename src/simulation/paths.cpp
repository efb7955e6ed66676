#include <algorithm>
#include <vector>

#include "base/threads.h"
#include "simulation/graph.h"
#include "simulation/random.h"

namespace aml::simulation {

namespace {

// Pivots are divided among a fixed number of lanes, each with its own sums, so that the order of
// additions, and with it every bit, does not depend on the number of threads.
constexpr std::size_t kLanes = 4;
constexpr std::int32_t kUnreached = -1;

struct Lane {
  std::vector<double> dependency;  // summed over the lane's pivots
  std::vector<std::uint32_t> reached;
  std::vector<std::uint32_t> distances;
};

// One pivot at a time: breadth first outwards counting shortest paths, then back collecting what
// depends on each address (Brandes).
class Search {
 public:
  explicit Search(const Graph& graph)
      : graph_(graph), distance_(graph.size()), paths_(graph.size()), dependency_(graph.size()) {
    order_.reserve(graph.size());
  }

  void run(AddressId pivot, Lane& lane) {
    outwards(pivot);
    for (std::size_t i = order_.size(); i-- > 1;) {
      const AddressId id = order_[i];
      const double share = (1 + dependency_[id]) / paths_[id];
      for (const AddressId before : graph_.neighbors.of(id)) {
        if (distance_[before] == distance_[id] - 1) dependency_[before] += paths_[before] * share;
      }
      lane.dependency[id] += dependency_[id];
      ++lane.reached[id];
      lane.distances[id] += static_cast<std::uint32_t>(distance_[id]);
    }
  }

 private:
  void outwards(AddressId pivot) {
    std::fill(distance_.begin(), distance_.end(), kUnreached);
    std::fill(paths_.begin(), paths_.end(), 0.0);
    std::fill(dependency_.begin(), dependency_.end(), 0.0);
    order_.assign(1, pivot);
    distance_[pivot] = 0;
    paths_[pivot] = 1;
    for (std::size_t i = 0; i < order_.size(); ++i) {
      const AddressId id = order_[i];
      for (const AddressId next : graph_.neighbors.of(id)) {
        if (distance_[next] == kUnreached) {
          distance_[next] = distance_[id] + 1;
          order_.push_back(next);
        }
        if (distance_[next] == distance_[id] + 1) paths_[next] += paths_[id];
      }
    }
  }

  const Graph& graph_;
  std::vector<std::int32_t> distance_;
  std::vector<double> paths_;
  std::vector<double> dependency_;
  std::vector<AddressId> order_;
};

std::vector<AddressId> draw_pivots(AddressId count, std::size_t wanted, std::uint64_t key) {
  std::vector<AddressId> all(count);
  for (AddressId id = 0; id < count; ++id) all[id] = id;
  Random random(key);
  wanted = std::min<std::size_t>(wanted, count);
  for (std::size_t i = 0; i < wanted; ++i) std::swap(all[i], all[i + random.below(count - i)]);
  all.resize(wanted);
  return all;
}

}  // namespace

PathCentralities path_centralities(const Graph& graph, std::size_t pivots, std::uint64_t key,
                                   int threads) {
  const AddressId count = graph.size();
  const std::vector<AddressId> sources = draw_pivots(count, pivots, key);
  std::vector<Lane> lanes(kLanes);
  parallel_blocks(kLanes, 1, threads, [&](std::size_t number, std::size_t) {
    Lane& lane = lanes[number];
    lane.dependency.resize(count);
    lane.reached.resize(count);
    lane.distances.resize(count);
    Search search(graph);
    for (std::size_t i = number; i < sources.size(); i += kLanes) {
      throw_if_stop_requested();
      search.run(sources[i], lane);
    }
  });

  PathCentralities result;
  result.betweenness.resize(count);
  result.closeness.resize(count);
  const auto used = static_cast<double>(sources.size());
  const double n = count;
  const double scale = count > 2 ? n / used / ((n - 1) * (n - 2)) : 0;
  std::vector<std::uint8_t> is_pivot(count);
  for (const AddressId source : sources) is_pivot[source] = 1;
  for (AddressId id = 0; id < count; ++id) {
    double reached = 0;
    double distances = 0;
    for (const Lane& lane : lanes) {
      result.betweenness[id] += lane.dependency[id] * scale;
      reached += lane.reached[id];
      distances += lane.distances[id];
    }
    const double others = used - is_pivot[id];
    if (distances > 0) result.closeness[id] = reached / others * (reached / distances);
  }
  return result;
}

}  // namespace aml::simulation
