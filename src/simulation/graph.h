#pragma once

#include <cstdint>
#include <vector>

#include "simulation/address_features.h"
#include "simulation/ledger.h"

namespace aml::simulation {

// Who has dealt with whom: addresses as nodes, one edge for all transfers between two of them, none
// from an address to itself.
struct Graph {
  Lists<AddressId> senders;    // ascending, each once
  Lists<AddressId> receivers;  // likewise
  Lists<AddressId> neighbors;  // both, each once

  explicit Graph(const Ledger& ledger);
  AddressId size() const { return static_cast<AddressId>(neighbors.addresses()); }
};

// PageRank on sender → receiver edges without weights: damping 0.85, 30 rounds of power iteration,
// what dangling addresses hold is spread over all. Sums to 1.
std::vector<double> pagerank(const Graph& graph, int threads);

struct PathCentralities {
  std::vector<double> betweenness;
  std::vector<double> closeness;
};
// Both on undirected edges, from breadth-first searches out of `pivots` addresses drawn by `key`
// (all of them where there are no more).
// Betweenness: Brandes 2001 summed over the pivots, scaled to all addresses and divided by
// (n-1)(n-2). Closeness: Wasserman and Faust's r/k · r/Σd over the r of k pivots that reach it.
PathCentralities path_centralities(const Graph& graph, std::size_t pivots, std::uint64_t key,
                                   int threads);

// Share of pairs of neighbours that are neighbours themselves.
std::vector<double> clustering_coefficients(const Graph& graph, int threads);

// The largest k such that the address belongs to a subgraph in which everybody has k neighbours.
std::vector<std::uint32_t> core_numbers(const Graph& graph);

// Label propagation (Raghavan and others 2007), five rounds in order of address, ties by a
// hash of address and label (one order for all would let a single label flood everything);
// communities are numbered from 0 by their first address.
std::vector<std::uint32_t> communities(const Graph& graph);

// Addresses within 1, 2 and 3 steps, without the address itself, and the sum of their volumes. One
// step is exact; beyond, estimates by Cohen's (1997) least-exponential sketches with 48 registers:
// a standard error of 15 %, never less than the step before.
struct Neighborhoods {
  std::vector<std::array<std::uint32_t, 3>> counts;
  std::vector<std::array<double, 3>> volumes_usd;
};
Neighborhoods neighborhoods(const Graph& graph, const std::vector<double>& volumes_usd,
                            std::uint64_t key, int threads);

// All of the above. `volumes_usd` by address.
std::vector<GraphFeatures> graph_features(const Graph& graph,
                                          const std::vector<double>& volumes_usd, std::uint64_t key,
                                          int threads);

}  // namespace aml::simulation
