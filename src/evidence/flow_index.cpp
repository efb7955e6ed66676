#include "evidence/flow_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/error.h"
#include "flows/feature.h"
#include "snapshot/data_files.h"
#include "snapshot/flow_columns.h"
#include "sot/snapshot.h"

namespace aml::evidence {

namespace {

using flows::Address;
using flows::Edge;
using flows::EdgeId;
using flows::Graph;

void add_to(Flow& sum, const Flow& flow) {
  const auto earlier = [](std::uint32_t a, std::uint32_t b) {
    return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b);
  };
  sum.transfers = flows::saturating_sum(sum.transfers, flow.transfers);
  sum.amount = flows::saturating_sum(sum.amount, flow.amount);
  sum.first_second = earlier(sum.first_second, flow.first_second);
  sum.last_second = std::max(sum.last_second, flow.last_second);
}

// Sorts by both ends and sums up flows that share them.
void sum_up(std::vector<Flow>& flows) {
  const auto key = [](const Flow& flow) { return std::uint64_t{flow.source} << 32 | flow.dest; };
  std::sort(flows.begin(), flows.end(),
            [&](const Flow& a, const Flow& b) { return key(a) < key(b); });
  auto last = flows.begin();
  for (auto flow = flows.begin(); flow != flows.end(); ++flow) {
    if (flow == flows.begin()) continue;
    if (key(*last) == key(*flow)) {
      add_to(*last, *flow);
    } else {
      *++last = *flow;
    }
  }
  if (!flows.empty()) flows.erase(last + 1, flows.end());
}

// The flows of one direction to those other ends that `wanted` says.
template <typename Wanted>
std::vector<Flow> flows_of(const Graph& graph, Address address, bool outgoing, Wanted wanted) {
  const auto row = outgoing ? graph.outgoing(address) : graph.incoming(address);
  const auto ids = graph.incoming_ids(address);
  std::vector<Flow> found;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const Edge& edge = row[i];
    if (!wanted(edge.other)) continue;
    const EdgeId id = outgoing ? graph.first_outgoing(address) + static_cast<EdgeId>(i) : ids[i];
    found.push_back({.source = outgoing ? address : edge.other,
                     .dest = outgoing ? edge.other : address,
                     .transfers = graph.transfers(id),
                     .first_second = edge.second,
                     .last_second = graph.last_second(id),
                     .amount = std::max<std::int64_t>(0, edge.amount)});
  }
  sum_up(found);
  return found;
}

// By address, with how many others it deals in each direction, added up.
std::vector<std::uint32_t> count_flows(const Graph& graph) {
  std::vector<std::uint32_t> counts(graph.addresses());
  // Who was the last to be seen with an address, so that an address is counted once without
  // sorting.
  constexpr Address kNobody = std::numeric_limits<Address>::max();
  std::vector<Address> payer_of(graph.addresses(), kNobody);
  std::vector<Address> payee_of(graph.addresses(), kNobody);
  for (Address address = 0; address < graph.addresses(); ++address) {
    for (const Edge& edge : graph.outgoing(address)) {
      counts[address] += std::exchange(payer_of[edge.other], address) != address;
    }
    for (const Edge& edge : graph.incoming(address)) {
      counts[address] += std::exchange(payee_of[edge.other], address) != address;
    }
  }
  return counts;
}

bool any(Address /*other*/) { return true; }

auto among(std::span<const Address> others) {
  return
      [others](Address other) { return std::binary_search(others.begin(), others.end(), other); };
}

Graph read_graph(snapshot::Snapshot& input, std::size_t max_bytes) {
  const snapshot::ParquetSource& source = input.source(snapshot::File::money_flows);
  const auto rows = static_cast<std::size_t>(source.rows());
  if (rows > max_bytes / kBytesOfTransfer) {
    throw Error(ErrorKind::unavailable,
                fmt::format("{} of {} has {} rows, too many for this server's memory: serve with a "
                            "larger --cache-mb",
                            source.file_name(), input.directory().filename().string(), rows));
  }
  return snapshot::read_flow_graph(input.connection(), source, input.threads());
}

}  // namespace

std::uint64_t flow_file_bytes(const snapshot::Snapshot& input) {
  return snapshot::data_size(input.directory() / sot::kMoneyFlowsFile);
}

FlowIndex::FlowIndex(snapshot::Snapshot& input, std::size_t max_bytes)
    : FlowIndex(read_graph(input, max_bytes)) {}

FlowIndex::FlowIndex(Graph graph) : graph_(std::move(graph)), flow_counts_(count_flows(graph_)) {}

std::vector<Flow> FlowIndex::outgoing(Address address) const {
  return flows_of(graph_, address, true, any);
}

std::vector<Flow> FlowIndex::incoming(Address address) const {
  return flows_of(graph_, address, false, any);
}

std::vector<Flow> FlowIndex::outgoing(Address address, std::span<const Address> others) const {
  return flows_of(graph_, address, true, among(others));
}

std::vector<Flow> FlowIndex::incoming(Address address, std::span<const Address> others) const {
  return flows_of(graph_, address, false, among(others));
}

}  // namespace aml::evidence
