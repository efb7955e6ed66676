#include "evidence/flow_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <queue>
#include <span>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/json_text.h"
#include "evidence/flow_text.h"
#include "flows/feature.h"

namespace aml::evidence {

namespace {

// Of the counterparties that are shown, one in so many may be there for closing a cycle.
constexpr std::size_t kCycleShare = 3;
// What each counterparty may bring of its own, in each direction.
constexpr std::size_t kOnward = 3;
// Edges on the way back to the address within so many steps are marked.
constexpr int kLongestCycle = 4;
// With more flows than this an address is a service, such as an exchange: what comes out of it is
// not what went in, so no path leads through it.
constexpr std::size_t kServiceFlows = 500;

using flows::Address;
using Nodes = std::map<Address, int>;  // and their hop

struct Counterparty {
  Address address = 0;
  std::int64_t amount = 0;
};

bool is_service(const FlowIndex& index, Address address) {
  return index.flow_count(address) > kServiceFlows;
}

// The other ends of an address's flows in one direction, without itself, largest first.
std::vector<Counterparty> counterparties(const FlowIndex& index, Address address, bool outgoing) {
  std::vector<Counterparty> found;
  const auto add = [&](Address other, std::int64_t amount) {
    if (other != address) found.push_back({other, amount});
  };
  if (outgoing) {
    for (const Flow& flow : index.outgoing(address)) add(flow.dest, flow.amount);
  } else {
    for (const Flow& flow : index.incoming(address)) add(flow.source, flow.amount);
  }
  std::sort(found.begin(), found.end(), [&](const Counterparty& a, const Counterparty& b) {
    if (a.amount != b.amount) return a.amount > b.amount;
    return index.address(a.address) < index.address(b.address);
  });
  return found;
}

// Those through which money returns to the address: who both is paid by it and pays it, and who is
// paid by it and pays one who pays it.
std::unordered_set<Address> cyclic(const FlowIndex& index, std::span<const Counterparty> payers,
                                   std::span<const Counterparty> payees) {
  std::unordered_set<Address> pays;
  for (const Counterparty& payer : payers) pays.insert(payer.address);
  std::unordered_set<Address> found;
  for (const Counterparty& payee : payees) {
    if (is_service(index, payee.address)) continue;
    if (pays.contains(payee.address)) found.insert(payee.address);
    for (const flows::Edge& edge : index.graph().outgoing(payee.address)) {
      if (!pays.contains(edge.other) || is_service(index, edge.other)) continue;
      found.insert(payee.address);
      found.insert(edge.other);
    }
  }
  return found;
}

void choose(std::span<const Counterparty> side, const std::unordered_set<Address>& on_cycle,
            std::size_t limit, Nodes& nodes) {
  std::unordered_set<Address> chosen;
  for (const Counterparty& one : side) {
    if (chosen.size() == limit / kCycleShare) break;
    if (on_cycle.contains(one.address)) chosen.insert(one.address);
  }
  for (const Counterparty& one : side) {
    if (chosen.size() == limit) break;
    chosen.insert(one.address);
  }
  for (const Address one : chosen) nodes.emplace(one, 1);
}

void choose_second_hop(const FlowIndex& index, std::size_t limit, Nodes& nodes) {
  struct Candidate {
    std::size_t links = 0;
    std::int64_t amount = 0;
    bool large = false;  // among the largest of one of those it deals with
  };
  std::unordered_map<Address, Candidate> candidates;
  for (const auto& [near, hop] : nodes) {
    if (hop != 1 || is_service(index, near)) continue;
    for (const bool outgoing : {false, true}) {
      std::size_t place = 0;
      for (const Counterparty& far : counterparties(index, near, outgoing)) {
        if (nodes.contains(far.address)) continue;
        Candidate& candidate = candidates[far.address];
        ++candidate.links;
        candidate.amount = flows::saturating_sum(candidate.amount, far.amount);
        candidate.large |= place++ < kOnward;
      }
    }
  }
  std::erase_if(candidates,
                [](const auto& one) { return one.second.links < 2 && !one.second.large; });
  std::vector<std::pair<Address, Candidate>> order(candidates.begin(), candidates.end());
  std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    if (a.second.links != b.second.links) return a.second.links > b.second.links;
    if (a.second.amount != b.second.amount) return a.second.amount > b.second.amount;
    return index.address(a.first) < index.address(b.first);
  });
  if (order.size() > limit) order.resize(limit);
  for (const auto& [address, candidate] : order) nodes.emplace(address, 2);
}

// All flows between two of the nodes, the largest first. A flow stands with both of its ends: it is
// read from the one with fewer transfers, because a service has millions.
std::vector<Flow> edges_among(const FlowIndex& index, const Nodes& nodes) {
  const flows::Graph& graph = index.graph();
  std::vector<Flow> edges;
  for (const auto& [address, hop] : nodes) {
    std::vector<Address> payees;
    std::vector<Address> payers;
    for (const auto& [other, other_hop] : nodes) {
      if (graph.outgoing(address).size() <= graph.incoming(other).size()) payees.push_back(other);
      if (graph.incoming(address).size() < graph.outgoing(other).size()) payers.push_back(other);
    }
    for (const Flow& flow : index.outgoing(address, payees)) edges.push_back(flow);
    for (const Flow& flow : index.incoming(address, payers)) edges.push_back(flow);
  }
  std::sort(edges.begin(), edges.end(), [&](const Flow& a, const Flow& b) {
    if (a.amount != b.amount) return a.amount > b.amount;
    return std::tuple(index.address(a.source), index.address(a.dest)) <
           std::tuple(index.address(b.source), index.address(b.dest));
  });
  return edges;
}

// Steps from `start` to what the edges lead to, or with `backwards` to what leads to `start`; not
// through services.
std::unordered_map<Address, int> distances(const FlowIndex& index, const std::vector<Flow>& edges,
                                           Address start, bool backwards) {
  std::unordered_map<Address, int> steps{{start, 0}};
  std::queue<Address> next({start});
  while (!next.empty()) {
    const Address at = next.front();
    next.pop();
    for (const Flow& edge : edges) {
      const Address from = backwards ? edge.dest : edge.source;
      const Address to = backwards ? edge.source : edge.dest;
      if (from != at || is_service(index, to)) continue;
      if (steps.emplace(to, steps[at] + 1).second) next.push(to);
    }
  }
  return steps;
}

bool is_on_cycle(const std::unordered_map<Address, int>& from_center,
                 const std::unordered_map<Address, int>& to_center, const Flow& edge) {
  const auto out = from_center.find(edge.source);
  const auto back = to_center.find(edge.dest);
  return edge.source != edge.dest && out != from_center.end() && back != to_center.end() &&
         out->second + 1 + back->second <= kLongestCycle;
}

// Between two nodes of the second hop there is only what a cycle needs: the rest says nothing of
// the address.
void append_edges(const FlowIndex& index, const Nodes& nodes, Address center, std::string& json) {
  const std::vector<Flow> edges = edges_among(index, nodes);
  const auto from_center = distances(index, edges, center, false);
  const auto to_center = distances(index, edges, center, true);
  json += ",\"edges\":[";
  for (const Flow& edge : edges) {
    const bool on_cycle = is_on_cycle(from_center, to_center, edge);
    if (!on_cycle && nodes.at(edge.source) == 2 && nodes.at(edge.dest) == 2) continue;
    json += json.back() == '[' ? "{\"source_address\":" : ",{\"source_address\":";
    append_json_text(json, index.address(edge.source));
    json += ",\"dest_address\":";
    append_json_text(json, index.address(edge.dest));
    fmt::format_to(std::back_inserter(json), ",\"transfers\":{},\"amount_usd\":", edge.transfers);
    append_usd(json, edge.amount);
    append_timestamp(json, "first_timestamp", edge.first_second);
    append_timestamp(json, "last_timestamp", edge.last_second);
    fmt::format_to(std::back_inserter(json), ",\"on_cycle\":{}}}", on_cycle);
  }
  json += ']';
}

void append_nodes(const FlowIndex& index, const Nodes& nodes, KnownMentions& mentions,
                  std::string& json) {
  // By hop and text: numbers of addresses differ from one reading of the file to the next.
  std::vector<std::tuple<int, std::string_view, std::size_t>> order;
  order.reserve(nodes.size());
  for (const auto& [address, hop] : nodes) {
    order.emplace_back(hop, index.address(address), index.flow_count(address));
  }
  std::sort(order.begin(), order.end());
  json += ",\"nodes\":[";
  for (const auto& [hop, address, flows] : order) {
    mentions.add(address);
    json += json.back() == '[' ? "{\"address\":" : ",{\"address\":";
    append_json_text(json, address);
    fmt::format_to(std::back_inserter(json), ",\"hop\":{},\"flows\":{},\"is_service\":{}}}", hop,
                   flows, flows > kServiceFlows);
  }
  json += ']';
}

// {"counterparties","transfers","amount_usd"} of all flows of one direction.
std::string total(const std::vector<Flow>& flows) {
  std::uint64_t transfers = 0;
  // Apart, so that no sum overflows and none depends on the order.
  std::int64_t thousands = 0;
  std::int64_t rest = 0;
  constexpr std::int64_t kThousand = 1000 * flows::kUnitsPerUsd;
  for (const Flow& flow : flows) {
    transfers += flow.transfers;
    thousands += flow.amount / kThousand;
    rest += flow.amount % kThousand;
  }
  std::string json = fmt::format(
      "{{\"counterparties\":{},\"transfers\":{},\"amount_usd\":", flows.size(), transfers);
  append_json_number(json,
                     static_cast<double>(thousands) * 1e3 +
                         static_cast<double>(rest) / static_cast<double>(flows::kUnitsPerUsd));
  return json + "}";
}

}  // namespace

std::string flows_around(const FlowIndex& index, const FlowQuery& query, KnownMentions& mentions) {
  const auto center = index.find(query.address);
  mentions.add(query.address);
  if (!center) {
    const std::vector<Flow> none;
    std::string json = fmt::format("\"incoming\":{},\"outgoing\":{}", total(none), total(none));
    json += ",\"nodes\":[{\"address\":";
    append_json_text(json, query.address);
    return json + ",\"hop\":0,\"flows\":0,\"is_service\":false}],\"edges\":[]";
  }
  const auto payers = counterparties(index, *center, false);
  const auto payees = counterparties(index, *center, true);
  const auto on_cycle = cyclic(index, payers, payees);
  Nodes nodes{{*center, 0}};
  choose(payers, on_cycle, query.limit, nodes);
  choose(payees, on_cycle, query.limit, nodes);
  if (query.hops > 1) choose_second_hop(index, query.limit, nodes);

  std::string json = fmt::format("\"incoming\":{},\"outgoing\":{}", total(index.incoming(*center)),
                                 total(index.outgoing(*center)));
  append_nodes(index, nodes, mentions, json);
  append_edges(index, nodes, *center, json);
  return json;
}

}  // namespace aml::evidence
