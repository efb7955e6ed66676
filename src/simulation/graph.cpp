#include "simulation/graph.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/threads.h"

namespace aml::simulation {

namespace {

constexpr std::size_t kBlock = 4096;
constexpr double kDamping = 0.85;
constexpr int kRounds = 30;
constexpr std::size_t kPivots = 32;

// The distinct edges of a sorted list of (from, to), as lists of `to` by `from`.
Lists<AddressId> lists_of(std::vector<std::uint64_t>& edges, AddressId address_count) {
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  Lists<AddressId> lists;
  lists.begins.assign(address_count + 1, 0);
  lists.values.reserve(edges.size());
  for (const std::uint64_t edge : edges) {
    ++lists.begins[(edge >> 32) + 1];
    lists.values.push_back(static_cast<AddressId>(edge));
  }
  for (std::size_t i = 1; i <= address_count; ++i) lists.begins[i] += lists.begins[i - 1];
  return lists;
}

std::uint64_t edge(AddressId from, AddressId to) {
  return static_cast<std::uint64_t>(from) << 32 | to;
}

double greatest(const std::vector<double>& values) {
  return std::max(1e-300, *std::max_element(values.begin(), values.end()));
}

}  // namespace

Graph::Graph(const Ledger& ledger) {
  const AddressId count = ledger.address_count();
  std::vector<std::uint64_t> edges;
  edges.reserve(ledger.flows().size());
  for (const Flow& flow : ledger.flows()) {
    if (flow.source != flow.dest) edges.push_back(edge(flow.source, flow.dest));
  }
  receivers = lists_of(edges, count);
  for (std::uint64_t& turned : edges) turned = turned << 32 | turned >> 32;
  senders = lists_of(edges, count);

  neighbors.begins.reserve(count + 1);
  neighbors.begins.push_back(0);
  neighbors.values.reserve(2 * edges.size());
  for (AddressId id = 0; id < count; ++id) {
    const auto in = senders.of(id);
    const auto out = receivers.of(id);
    std::set_union(in.begin(), in.end(), out.begin(), out.end(),
                   std::back_inserter(neighbors.values));
    neighbors.begins.push_back(neighbors.values.size());
  }
}

std::vector<double> pagerank(const Graph& graph, int threads) {
  const std::size_t count = graph.size();
  std::vector<double> rank(count, 1.0 / static_cast<double>(count));
  std::vector<double> given(count);  // what each receiver of an address gets from it
  for (int round = 0; round < kRounds; ++round) {
    double dangling = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t out = graph.receivers.of(static_cast<AddressId>(i)).size();
      if (out == 0) dangling += rank[i];
      given[i] = out == 0 ? 0 : rank[i] / static_cast<double>(out);
    }
    const double base = (1 - kDamping + kDamping * dangling) / static_cast<double>(count);
    parallel_blocks(count, kBlock, threads, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        double sum = 0;
        for (const AddressId from : graph.senders.of(static_cast<AddressId>(i))) sum += given[from];
        rank[i] = base + kDamping * sum;
      }
    });
  }
  return rank;
}

std::vector<GraphFeatures> graph_features(const Graph& graph,
                                          const std::vector<double>& volumes_usd, std::uint64_t key,
                                          int threads) {
  const std::vector<double> ranks = pagerank(graph, threads);
  const PathCentralities paths = path_centralities(graph, kPivots, key, threads);
  const std::vector<double> clustering = clustering_coefficients(graph, threads);
  const std::vector<std::uint32_t> cores = core_numbers(graph);
  const std::vector<std::uint32_t> labels = communities(graph);
  const Neighborhoods around = neighborhoods(graph, volumes_usd, key, threads);
  const double top_rank = greatest(ranks);
  const double top_between = greatest(paths.betweenness);
  const double top_close = greatest(paths.closeness);
  std::size_t top_degree = 1;
  for (AddressId id = 0; id < graph.size(); ++id) {
    top_degree = std::max(top_degree, graph.neighbors.of(id).size());
  }
  std::vector<GraphFeatures> features(graph.size());
  for (AddressId id = 0; id < graph.size(); ++id) {
    GraphFeatures& one = features[id];
    one.pagerank = ranks[id];
    one.betweenness = paths.betweenness[id];
    one.closeness = paths.closeness[id];
    one.clustering = clustering[id];
    one.kcore = cores[id];
    one.community = labels[id];
    one.hop_counts = around.counts[id];
    one.hop_usd = around.volumes_usd[id];
    const double degree =
        static_cast<double>(graph.neighbors.of(id).size()) / static_cast<double>(top_degree);
    one.centrality = (degree + one.pagerank / top_rank + one.betweenness / top_between +
                      one.closeness / top_close) /
                     4;
  }
  return features;
}

}  // namespace aml::simulation
