#pragma once

#include <cstddef>
#include <string>

#include "evidence/flow_index.h"
#include "evidence/known_addresses.h"

namespace aml::evidence {

struct FlowQuery {
  std::string address{};
  int hops = 1;            // 1: who pays it and whom it pays; 2: and their largest counterparties
  std::size_t limit = 24;  // counterparties a side
};

// The money flows around an address as a JSON object without its braces: "incoming" and "outgoing"
// count all of them, "nodes" and "edges" hold the part that the query asks for. Counterparties are
// the largest by amount, but up to a third of them may be smaller ones through which money returns
// to the address; of the second hop those come first that several counterparties share. Nothing
// is followed through services: addresses with hundreds of flows. Between the nodes all edges are
// there, but of those between two of the second hop only what closes a cycle. docs/api.md describes
// the members. An address without flows has no edges and one node. The same question gives the same
// answer. All nodes are added to `mentions`.
std::string flows_around(const FlowIndex& index, const FlowQuery& query, KnownMentions& mentions);

}  // namespace aml::evidence
