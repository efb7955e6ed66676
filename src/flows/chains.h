#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "flows/feature.h"

namespace aml::flows {

// Transfer `to` follows `from` in a chain.
struct Link {
  EdgeId from = 0;
  EdgeId to = 0;
};

// For each edge of a graph, how it stands in chains.
struct Chains {
  std::vector<Link> links;             // by from, then to
  std::vector<std::uint8_t> forward;   // transfers of the longest chain that begins with the edge
  std::vector<std::uint8_t> backward;  // of the longest one that ends with it
};

// Chains of transfers that keep most of the amount: who got one pays the next within
// Settings::chain_gap_seconds, to another than who paid it, with at least Settings::chain_percent
// of its amount and no more than all of it. At most Settings::longest_chain transfers; a longer
// chain counts as that long. A transfer has at most 16 successors, the first ones. Change,
// consolidation and transfers without a price stand in none. REQUIRES: a graph without services,
// has_transfers()
Chains find_chains(const Graph& graph, const Settings& settings, int threads);

// Peeling: an address that got one transfer alone (no other within chain_gap_seconds before or
// after it) pays 2 to 5 within chain_gap_seconds, of 90 to 100 % of it together, one of them of at
// least 70 % of it. That one is the next of the chain, the others are peeled off. As find_chains,
// but of a graph with services: money is peeled off to them.
Chains find_peeling(const Graph& graph, const Settings& settings, int threads);

// Calls on_peel(edge) for what is peeled off where `link` goes on.
void for_each_peel(const Graph& graph, const Settings& settings, const Link& link,
                   const std::function<void(const Edge&)>& on_peel);

}  // namespace aml::flows
