#include "flows/fan.h"

#include <algorithm>

#include "flows/fan_window.h"
#include "flows/row_writer.h"

namespace aml::flows {

namespace {

constexpr std::uint32_t kHorizons[] = {3600, 86400, 7 * 86400};
constexpr std::size_t kDay = 1;  // place of a day in kHorizons

// Of one direction and horizon.
enum Field : std::size_t { kCounterparties, kTransfers, kSum, kFields };
constexpr std::size_t kFieldsOfDirection = std::size(kHorizons) * kFields;
constexpr std::size_t kGatherScatter = 2 * kFieldsOfDirection;

// clang-format off
constexpr Definition kDefinitions[] = {
    {"in_most_counterparties_1h", Unit::count, Merge::largest, "≥ 0", "most different addresses that paid it within an hour"},
    {"in_most_transfers_1h", Unit::count, Merge::largest, "≥ 0", "most transfers received within an hour"},
    {"in_most_usd_1h", Unit::usd, Merge::largest, "≥ 0", "most USD received within an hour"},
    {"in_most_counterparties_1d", Unit::count, Merge::largest, "≥ 0", "most different addresses that paid it within a day"},
    {"in_most_transfers_1d", Unit::count, Merge::largest, "≥ 0", "most transfers received within a day"},
    {"in_most_usd_1d", Unit::usd, Merge::largest, "≥ 0", "most USD received within a day"},
    {"in_most_counterparties_7d", Unit::count, Merge::largest, "≥ 0", "most different addresses that paid it within seven days"},
    {"in_most_transfers_7d", Unit::count, Merge::largest, "≥ 0", "most transfers received within seven days"},
    {"in_most_usd_7d", Unit::usd, Merge::largest, "≥ 0", "most USD received within seven days"},
    {"out_most_counterparties_1h", Unit::count, Merge::largest, "≥ 0", "most different addresses that it paid within an hour"},
    {"out_most_transfers_1h", Unit::count, Merge::largest, "≥ 0", "most transfers paid within an hour"},
    {"out_most_usd_1h", Unit::usd, Merge::largest, "≥ 0", "most USD paid within an hour"},
    {"out_most_counterparties_1d", Unit::count, Merge::largest, "≥ 0", "most different addresses that it paid within a day"},
    {"out_most_transfers_1d", Unit::count, Merge::largest, "≥ 0", "most transfers paid within a day"},
    {"out_most_usd_1d", Unit::usd, Merge::largest, "≥ 0", "most USD paid within a day"},
    {"out_most_counterparties_7d", Unit::count, Merge::largest, "≥ 0", "most different addresses that it paid within seven days"},
    {"out_most_transfers_7d", Unit::count, Merge::largest, "≥ 0", "most transfers paid within seven days"},
    {"out_most_usd_7d", Unit::usd, Merge::largest, "≥ 0", "most USD paid within seven days"},
    {"gather_scatter_1d", Unit::count, Merge::largest, "≥ 0", "largest gather-scatter: at a payment, the smaller of the numbers of addresses that paid it and that it paid within a day"},
};
// clang-format on
static_assert(std::size(kDefinitions) == kGatherScatter + 1);

void write_direction(const Question& question, std::span<const Edge> edges,
                     const FanNeighbors& neighbors, std::size_t first, std::size_t row,
                     Columns& columns) {
  for (std::size_t h = 0; h < std::size(kHorizons); ++h) {
    FanWindow window(edges, neighbors.previous, neighbors.next, kHorizons[h]);
    std::int64_t counterparties = 0;
    std::int64_t transfers = 0;
    std::int64_t sum = 0;
    for (const Edge& edge : edges) {
      if (!question.owned.contains(edge.second)) continue;
      window.move_to(edge.second);
      counterparties = std::max(counterparties, window.counterparties());
      transfers = std::max(transfers, window.transfers());
      sum = std::max(sum, window.sum());
    }
    columns[first + h * kFields + kCounterparties].integers[row] = counterparties;
    columns[first + h * kFields + kTransfers].integers[row] = transfers;
    columns[first + h * kFields + kSum].integers[row] = sum;
  }
}

std::int64_t gather_scatter(const Question& question, Address address, const FanNeighbors& in,
                            const FanNeighbors& out) {
  const auto incoming = question.graph.incoming(address);
  const auto outgoing = question.graph.outgoing(address);
  if (incoming.empty()) return 0;
  FanWindow gathered(incoming, in.previous, in.next, kHorizons[kDay]);
  FanWindow scattered(outgoing, out.previous, out.next, kHorizons[kDay]);
  std::int64_t largest = 0;
  for (const Edge& edge : outgoing) {
    if (!question.owned.contains(edge.second)) continue;
    gathered.move_to(edge.second);
    scattered.move_to(edge.second);
    largest = std::max(largest, std::min(gathered.counterparties(), scattered.counterparties()));
  }
  return largest;
}

void measure(const Question& question, std::span<const Address> addresses, Columns& columns) {
  const Graph& graph = question.graph;
  if (!graph.has_transfers()) return;
  for_each_address(question, addresses, [&] {
    return
        [&, in = FanNeighbors(), out = FanNeighbors()](std::size_t row, Address address) mutable {
          in.find(graph.incoming(address));
          out.find(graph.outgoing(address));
          write_direction(question, graph.incoming(address), in, 0, row, columns);
          write_direction(question, graph.outgoing(address), out, kFieldsOfDirection, row, columns);
          columns[kGatherScatter].integers[row] = gather_scatter(question, address, in, out);
        };
  });
}

void derive(Columns&) {}

}  // namespace

FeatureSet fan_set() {
  return {"fan", "most counterparties, transfers and USD within an hour, a day, seven days",
          kDefinitions, without_preparation<measure>, derive};
}

}  // namespace aml::flows
