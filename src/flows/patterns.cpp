#include "flows/patterns.h"

#include <algorithm>
#include <atomic>
#include <memory>

#include "flows/chains.h"
#include "flows/cycles.h"
#include "flows/row_writer.h"
#include "flows/scatter_gather.h"
#include "flows/services.h"

namespace aml::flows {

namespace {

enum Field : std::size_t {
  kSourceLargest,
  kSourceCount,
  kMiddleLargest,
  kMiddleCount,
  kSinkLargest,
  kSinkCount,
  kCycles,  // of two transfers, and more
  kCyclesKept = kCycles + kLongestCycle - 1,
  kCycleLargest,
  kChainForward,
  kChainBackward,
  kChainThrough,
  kChainsBegun,
  kChainsEnded,
  kChainTransfers,
  kPeelingLongest,
  kPeelingSteps,
  kPeeled,
  kPeelsReceived,
  kFields
};
// A scatter-gather of two in the middle, or a chain of two transfers, is chance.
constexpr std::size_t kFewestInTheMiddle = 3;
constexpr int kShortestChain = 3;

// clang-format off
constexpr Definition kDefinitions[] = {
    {"scatter_gather_source_largest", Unit::count, Merge::largest, "0, or ≥ 2", "most addresses in the middle of a scatter-gather that it begins"},
    {"scatter_gather_source_count", Unit::count, Merge::sum, "≥ 0", "transfers that complete one with three or more in the middle that it begins"},
    {"scatter_gather_middle_largest", Unit::count, Merge::largest, "0, or ≥ 2", "most addresses in the middle of a scatter-gather in whose middle it stands"},
    {"scatter_gather_middle_count", Unit::count, Merge::sum, "≥ 0", "transfers from or to it that complete one with three or more in the middle, where it is one of them"},
    {"scatter_gather_sink_largest", Unit::count, Merge::largest, "0, or ≥ 2", "most addresses in the middle of a scatter-gather that ends with it"},
    {"scatter_gather_sink_count", Unit::count, Merge::sum, "≥ 0", "transfers that complete one with three or more in the middle that ends with it"},
    {"cycles_2", Unit::count, Merge::sum, "≥ 0", "cycles of two transfers in which it stands: money that was paid back"},
    {"cycles_3", Unit::count, Merge::sum, "≥ 0", "cycles of three transfers in which it stands"},
    {"cycles_4", Unit::count, Merge::sum, "≥ 0", "cycles of four transfers in which it stands"},
    {"cycles_5", Unit::count, Merge::sum, "≥ 0", "cycles of five transfers in which it stands"},
    {"cycles_6", Unit::count, Merge::sum, "≥ 0", "cycles of six transfers in which it stands"},
    {"cycles_kept", Unit::count, Merge::sum, "≥ 0", "cycles of three and more transfers, the smallest of which is at least half of the largest"},
    {"cycle_largest_usd", Unit::usd, Merge::largest, "≥ 0", "most USD that came all the way round a cycle of three and more: its smallest transfer"},
    {"chain_forward_longest", Unit::count, Merge::largest, "≥ 0", "transfers of the longest chain that keeps most of the amount and begins with a payment of it"},
    {"chain_backward_longest", Unit::count, Merge::largest, "≥ 0", "transfers of the longest such chain that ends with a transfer to it"},
    {"chain_through_longest", Unit::count, Merge::largest, "≥ 0", "transfers of the longest such chain in which it stands"},
    {"chains_begun", Unit::count, Merge::sum, "≥ 0", "payments of it that begin a chain of three and more"},
    {"chains_ended", Unit::count, Merge::sum, "≥ 0", "transfers to it that end a chain of three and more"},
    {"chain_transfers", Unit::count, Merge::sum, "≥ 0", "transfers from and to it that stand in a chain of three and more"},
    {"peeling_longest", Unit::count, Merge::largest, "≥ 0", "transfers of the longest peeling chain in which it stands"},
    {"peeling_steps", Unit::count, Merge::sum, "≥ 0", "transfers received of which it peeled something off and paid the rest on"},
    {"peeled_usd", Unit::usd, Merge::sum, "≥ 0", "USD that it peeled off"},
    {"peels_received", Unit::count, Merge::sum, "≥ 0", "transfers received that were peeled off elsewhere"},
};
// clang-format on
static_assert(std::size(kDefinitions) == kFields);

constexpr bool is_money(std::size_t field) { return field == kCycleLargest || field == kPeeled; }

// Sums and maxima by address, from any thread: they do not depend on the order.
class Counters {
 public:
  explicit Counters(std::size_t addresses) {
    for (std::size_t field = 0; field < kFields; ++field) {
      if (is_money(field)) {
        money_[field] = std::vector<std::atomic<std::int64_t>>(addresses);
      } else {
        counts_[field] = std::vector<std::atomic<std::uint32_t>>(addresses);
      }
    }
  }
  void count(std::size_t field, Address address) {
    counts_[field][address].fetch_add(1, std::memory_order_relaxed);
  }
  void add(std::size_t field, Address address, std::int64_t amount) {
    change(money_[field][address], [&](std::int64_t now) { return saturating_sum(now, amount); });
  }
  void raise(std::size_t field, Address address, std::int64_t value) {
    const auto most = [&](auto now) { return std::max(now, static_cast<decltype(now)>(value)); };
    is_money(field) ? change(money_[field][address], most) : change(counts_[field][address], most);
  }
  std::int64_t at(std::size_t field, Address address) const {
    return is_money(field) ? money_[field][address].load() : counts_[field][address].load();
  }

 private:
  template <typename Number, typename Next>
  static void change(std::atomic<Number>& number, Next next) {
    Number now = number.load(std::memory_order_relaxed);
    while (next(now) != now &&
           !number.compare_exchange_weak(now, next(now), std::memory_order_relaxed)) {
    }
  }
  std::vector<std::atomic<std::uint32_t>> counts_[kFields];
  std::vector<std::atomic<std::int64_t>> money_[kFields];
};

void count_scatter_gathers(const Question& question, Counters& counters) {
  find_scatter_gathers(question, [&](const ScatterGather& found) {
    const auto size = static_cast<std::int64_t>(found.middle.size());
    counters.raise(kSourceLargest, found.source, size);
    counters.raise(kSinkLargest, found.sink, size);
    for (const Address middle : found.middle) counters.raise(kMiddleLargest, middle, size);
    if (found.middle.size() < kFewestInTheMiddle) return;
    counters.count(kSourceCount, found.source);
    counters.count(kSinkCount, found.sink);
    counters.count(kMiddleCount, found.middle[0]);
  });
}

void count_cycle(const Graph& graph, const Cycle& cycle, Counters& counters) {
  const std::size_t length = cycle.addresses.size();
  std::int64_t smallest = std::numeric_limits<std::int64_t>::max();
  std::int64_t largest = 0;
  for (const EdgeId id : cycle.transfers) {
    if (graph.edge(id).amount == kUnpriced) continue;
    smallest = std::min(smallest, graph.edge(id).amount);
    largest = std::max(largest, graph.edge(id).amount);
  }
  for (const Address address : cycle.addresses) {
    counters.count(kCycles + length - 2, address);
    if (length < 3 || largest == 0) continue;
    if (smallest >= largest - smallest) counters.count(kCyclesKept, address);
    counters.raise(kCycleLargest, address, smallest);
  }
}

void count_chains(const Question& question, Counters& counters) {
  const Graph& graph = question.graph;
  const Chains chains = find_chains(graph, question.settings, question.threads);
  EdgeId id = 0;
  for (Address source = 0; source < graph.addresses(); ++source) {
    for (const Edge& edge : graph.outgoing(source)) {
      const int forward = chains.forward[id];
      const int backward = chains.backward[id];
      ++id;
      const int whole = std::min(forward + backward - 1, question.settings.longest_chain);
      if (!question.owns(edge) || whole < 2) continue;
      counters.raise(kChainForward, source, forward);
      counters.raise(kChainBackward, edge.other, backward);
      for (const Address address : {source, edge.other}) {
        counters.raise(kChainThrough, address, whole);
        if (whole >= kShortestChain) counters.count(kChainTransfers, address);
      }
      if (whole < kShortestChain) continue;
      if (backward == 1) counters.count(kChainsBegun, source);
      if (forward == 1) counters.count(kChainsEnded, edge.other);
    }
  }
}

// Of a graph with services.
void count_peeling(const Question& question, Counters& counters) {
  const Graph& graph = question.graph;
  const Chains chains = find_peeling(graph, question.settings, question.threads);
  for (const Link& link : chains.links) {
    const Edge& received = graph.edge(link.from);
    if (!question.owns(received)) continue;
    const Address address = received.other;
    const int whole = std::min(chains.backward[link.from] + chains.forward[link.from] - 1,
                               question.settings.longest_chain);
    counters.raise(kPeelingLongest, address, whole);
    counters.count(kPeelingSteps, address);
    for_each_peel(graph, question.settings, link, [&](const Edge& edge) {
      counters.add(kPeeled, address, edge.amount);
      counters.count(kPeelsReceived, edge.other);
    });
  }
}

std::int64_t owned_edges(const Question& question) {
  std::int64_t owned = 0;
  for (EdgeId id = 0; id < question.graph.edges(); ++id) {
    owned += question.owns(question.graph.edge(id));
  }
  return owned;
}

Filler prepare(const Question& question) {
  const auto counters = std::make_shared<Counters>(question.graph.addresses());
  // First, as long as there is no second graph in memory.
  if (question.graph.has_transfers()) count_peeling(question, *counters);
  const Graph graph = without_services(question.graph, question.settings);
  const Question without{graph, question.owned, question.threads,
                         settings_for(graph, question.settings)};
  count_scatter_gathers(without, *counters);
  const std::int64_t cut = find_cycles(
      without, order_for(graph), [&](const Cycle& cycle) { count_cycle(graph, cycle, *counters); });
  if (graph.has_transfers()) count_chains(without, *counters);
  if (question.cuts != nullptr) {
    question.cuts->searches += cut;
    question.cuts->service_transfers += owned_edges(question) - owned_edges(without);
  }
  const std::size_t fields = graph.has_transfers() ? kFields : std::size_t{kChainForward};
  return [question, counters, fields](std::span<const Address> addresses, Columns& columns) {
    for_each_address(question, addresses, [&] {
      return [&](std::size_t row, Address address) {
        for (std::size_t field = 0; field < fields; ++field) {
          columns[field].integers[row] = counters->at(field, address);
        }
      };
    });
  };
}

void derive(Columns&) {}

}  // namespace

FeatureSet patterns_set() {
  return {"patterns", "scatter-gathers, cycles, chains and peeling", kDefinitions, prepare, derive};
}

}  // namespace aml::flows
