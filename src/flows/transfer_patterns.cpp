#include "flows/transfer_patterns.h"

#include <algorithm>
#include <atomic>

#include "base/threads.h"
#include "flows/cycles.h"
#include "flows/fan_window.h"
#include "flows/scatter_gather.h"

namespace aml::flows {

namespace {

constexpr std::size_t kAddressesAtOnce = 1024;

// Of the transfers of one address in one direction, in order: at each, what the window holds.
template <typename Tell>
void walk(std::span<const Edge> edges, std::uint32_t horizon, FanNeighbors& neighbors, Tell tell) {
  neighbors.find(edges);
  FanWindow window(edges, neighbors.previous, neighbors.next, horizon);
  for (std::size_t i = 0; i < edges.size(); ++i) {
    window.take_next();
    tell(i, window);
  }
}

void find_fans(const Question& question, std::vector<TransferPatterns>& patterns) {
  const Graph& graph = question.graph;
  const std::uint32_t horizon = question.settings.fan_seconds;
  parallel_blocks(graph.addresses(), kAddressesAtOnce, question.threads,
                  [&](std::size_t begin, std::size_t end) {
                    FanNeighbors neighbors;
                    for (std::size_t at = begin; at < end; ++at) {
                      const auto address = static_cast<Address>(at);
                      const auto ids = graph.incoming_ids(address);
                      walk(graph.incoming(address), horizon, neighbors,
                           [&](std::size_t i, const FanWindow& window) {
                             TransferPatterns& own = patterns[ids[i]];
                             own.degree_in = static_cast<std::uint32_t>(window.transfers());
                             own.fan_in = static_cast<std::uint32_t>(window.counterparties());
                           });
                      const EdgeId first = graph.first_outgoing(address);
                      walk(graph.outgoing(address), horizon, neighbors,
                           [&](std::size_t i, const FanWindow& window) {
                             TransferPatterns& own = patterns[first + i];
                             own.degree_out = static_cast<std::uint32_t>(window.transfers());
                             own.fan_out = static_cast<std::uint32_t>(window.counterparties());
                           });
                    }
                  });
}

void count(TransferPatterns::Sizes& sizes, std::size_t size) {
  const std::size_t place = std::min(size, TransferPatterns::kSizes + 1) - 2;
  std::atomic_ref(sizes[place]).fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

std::vector<TransferPatterns> transfer_patterns(const Question& question,
                                                const TransferPatternChoice& choice) {
  std::vector<TransferPatterns> patterns(question.graph.edges());
  if (choice.fans) find_fans(question, patterns);
  if (choice.scatter_gathers) {
    find_scatter_gathers(question, [&](const ScatterGather& found) {
      count(patterns[found.completing].scatter_gathers, found.middle.size());
    });
  }
  if (choice.temporal_cycles) {
    find_cycles(question, CycleOrder::temporal, [&](const Cycle& cycle) {
      count(patterns[cycle.transfers.back()].temporal_cycles, cycle.transfers.size());
    });
  }
  if (choice.simple_cycles) {
    find_cycles(question, CycleOrder::simple, [&](const Cycle& cycle) {
      count(patterns[cycle.transfers.back()].simple_cycles, cycle.transfers.size());
    });
  }
  return patterns;
}

}  // namespace aml::flows
