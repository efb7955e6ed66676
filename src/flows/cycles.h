#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "flows/feature.h"
#include "flows/small_map.h"

namespace aml::flows {

// Money that comes back to the address it left.
struct Cycle {
  // In order; of parallel transfers the first that fits. The last one closes the cycle.
  std::span<const EdgeId> transfers;
  std::span<const Address> addresses;  // who pays each of them; all different
};

enum class CycleOrder { temporal, simple };

// Finds the cycles that one transfer closes (IBM's Graph Feature Preprocessor, arXiv 2402.08593):
// each transfer is paid by who got the one before, the last one to who paid the first; no address
// twice; all within Settings::cycle_seconds up to the closing one, both ends included; 2 to
// Settings::longest_cycle transfers. Temporal cycles are of transfers later and later; simple ones
// in whatever order, also at the closing one's second where their numbers are lower. Two cycles
// through the same addresses in the same order, closed by one transfer, are one. For one thread at
// a time. REQUIRES: a graph without services.
class CycleSearch {
 public:
  CycleSearch(const Graph& graph, const Settings& settings, CycleOrder order);

  // Calls found for each cycle that `closing` closes, an edge from `last` to `first`.
  void search(Address last, Address first, EdgeId closing,
              const std::function<void(const Cycle&)>& found);
  // Searches that ended after Settings::most_steps.
  std::int64_t cut_searches() const { return cut_searches_; }

 private:
  bool is_known(const Edge& edge, EdgeId id) const {
    return edge.second < end_ ||
           (order_ == CycleOrder::simple && edge.second == end_ && id < closing_);
  }
  bool label_back();
  void label(Address address, std::uint64_t before, SmallMap& labels);
  void extend(std::uint64_t begin, int hops);
  void leave(const Edge& edge, EdgeId id, int hops);
  bool may_reach(Address address, std::uint32_t second, int hops);

  const Graph& graph_;
  const Settings& settings_;
  CycleOrder order_;
  std::int64_t cut_searches_ = 0;

  // Of the search that goes on.
  const std::function<void(const Cycle&)>* found_ = nullptr;
  Address first_ = 0;
  Address last_ = 0;
  EdgeId closing_ = 0;
  std::uint32_t begin_ = 0;  // seconds
  std::uint32_t end_ = 0;
  std::uint32_t steps_ = 0;
  // The latest second at which money may leave an address and still reach last_ by one transfer, by
  // two.
  SmallMap by_one_;
  SmallMap by_two_;
  std::vector<Address> labelled_;
  std::array<SmallMap, kLongestCycle + 1> seen_;  // by hops that are left
  std::vector<Address> path_;
  std::vector<EdgeId> transfers_;
};

// Looks for the cycles that each owned transfer closes and calls found from several threads at
// once. Returns the searches that were cut short.
std::int64_t find_cycles(const Question& question, CycleOrder order,
                         const std::function<void(const Cycle&)>& found);
// Temporal where transfers have times; of pairs there are simple ones.
CycleOrder order_for(const Graph& graph);

}  // namespace aml::flows
