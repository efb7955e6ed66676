#include "simulation/graph.h"

#include <gtest/gtest.h>

#include <numeric>
#include <utility>
#include <vector>

#include "simulation/isolation_forest.h"
#include "simulation/linked.h"

namespace aml::simulation {
namespace {

using Edge = std::pair<AddressId, AddressId>;

Ledger ledger_of(const std::vector<Edge>& edges, AddressId addresses) {
  std::vector<Flow> flows;
  for (const auto& [source, dest] : edges) {
    const auto time = static_cast<std::int64_t>(flows.size());
    flows.push_back({time, kMicrosPerUsd, source, dest, 0});
  }
  return Ledger(flows, addresses);
}

TEST(Graph, KeepsEachEdgeOnceAndNoLoops) {
  const Graph graph(ledger_of({{0, 1}, {0, 1}, {1, 0}, {2, 2}}, 3));
  EXPECT_EQ(graph.receivers.of(0).size(), 1U);
  EXPECT_EQ(graph.senders.of(0).size(), 1U);
  EXPECT_EQ(graph.neighbors.of(0).size(), 1U);
  EXPECT_TRUE(graph.neighbors.of(2).empty());
}

TEST(Pagerank, SumsToOneAndFavoursTheReceiver) {
  const Graph graph(ledger_of({{0, 3}, {1, 3}, {2, 3}}, 4));
  const std::vector<double> rank = pagerank(graph, 1);
  EXPECT_NEAR(std::accumulate(rank.begin(), rank.end(), 0.0), 1, 1e-9);
  EXPECT_DOUBLE_EQ(rank[0], rank[1]);
  // x = 0.15/4 + 0.85 y/4 for a payer, y = x + 0.85 · 3x for the receiver, 3x + y = 1.
  EXPECT_NEAR(rank[3], 3.55 / 6.55, 1e-6);
}

// 0 - 1 - 2 - 3 - 4
Graph path() { return Graph(ledger_of({{0, 1}, {1, 2}, {2, 3}, {3, 4}}, 5)); }

TEST(PathCentralities, AreExactWhereEveryAddressIsAPivot) {
  const PathCentralities paths = path_centralities(path(), 32, 1, 2);
  // Ordered pairs through 2: 0-3 0-4 1-3 1-4 and back, of (n-1)(n-2) = 12.
  EXPECT_NEAR(paths.betweenness[2], 8.0 / 12, 1e-12);
  EXPECT_NEAR(paths.betweenness[1], 6.0 / 12, 1e-12);
  EXPECT_EQ(paths.betweenness[0], 0);
  EXPECT_NEAR(paths.closeness[2], 4.0 / 6, 1e-12);
  EXPECT_NEAR(paths.closeness[0], 4.0 / 10, 1e-12);
}

// A triangle 0 1 2, to which 3 hangs by one edge, and 4 on 3.
Graph kite() { return Graph(ledger_of({{0, 1}, {1, 2}, {2, 0}, {2, 3}, {3, 4}}, 5)); }

TEST(Density, CountsTriangles) {
  const std::vector<double> clustering = clustering_coefficients(kite(), 2);
  EXPECT_DOUBLE_EQ(clustering[0], 1);
  EXPECT_DOUBLE_EQ(clustering[2], 1.0 / 3);
  EXPECT_EQ(clustering[3], 0);
}

TEST(Density, PeelsCores) {
  EXPECT_EQ(core_numbers(kite()), (std::vector<std::uint32_t>{2, 2, 2, 1, 1}));
}

TEST(Density, FindsCommunities) {
  // Two squares with diagonals, joined by one edge.
  const Graph graph(ledger_of({{0, 1},
                               {0, 2},
                               {0, 3},
                               {1, 2},
                               {1, 3},
                               {2, 3},
                               {3, 4},
                               {4, 5},
                               {4, 6},
                               {4, 7},
                               {5, 6},
                               {5, 7},
                               {6, 7}},
                              8));
  const std::vector<std::uint32_t> found = communities(graph);
  EXPECT_EQ(found, (std::vector<std::uint32_t>{0, 0, 0, 0, 1, 1, 1, 1}));
}

TEST(Neighborhoods, AreExactAtOneStepAndGrow) {
  const Neighborhoods around = neighborhoods(path(), {1, 2, 4, 8, 16}, 1, 2);
  EXPECT_EQ(around.counts[2][0], 2U);
  EXPECT_DOUBLE_EQ(around.volumes_usd[2][0], 10);
  EXPECT_NEAR(around.counts[2][1], 4, 1);
  EXPECT_LE(around.counts[0][0], around.counts[0][1]);
  EXPECT_LE(around.counts[0][1], around.counts[0][2]);
}

TEST(Neighborhoods, EstimateLargeOnesWell) {
  // A star of 2000 around 0: everyone has everyone else within two steps.
  std::vector<Edge> edges;
  for (AddressId id = 1; id <= 2'000; ++id) edges.emplace_back(0, id);
  const Graph graph(ledger_of(edges, 2'001));
  const Neighborhoods around = neighborhoods(graph, std::vector<double>(2'001, 10.0), 3, 2);
  EXPECT_NEAR(around.counts[7][1], 2'000, 600);
  EXPECT_NEAR(around.volumes_usd[7][1], 20'000, 6'000);
}

TEST(LinkedGroups, FollowTransfersAmongTheAddressesAlone) {
  const Ledger ledger = ledger_of({{0, 1}, {1, 2}, {3, 9}, {9, 4}, {5, 6}}, 10);
  const std::vector<std::vector<std::size_t>> groups = linked_groups(ledger, {0, 1, 2, 3, 4, 5});
  ASSERT_EQ(groups.size(), 1U);  // 3 and 4 meet only through 9, and 6 is not asked about
  EXPECT_EQ(groups[0], (std::vector<std::size_t>{0, 1, 2}));
}

TEST(IsolationForest, PointsAtTheOddOneOut) {
  Table table;
  table.width = 2;
  for (int i = 0; i < 300; ++i) {
    table.cells.push_back(static_cast<float>(i % 17));
    table.cells.push_back(static_cast<float>(i % 13));
  }
  table.cells.insert(table.cells.end(), {900, -900});
  const std::vector<double> scores = isolation_scores(table, 5, 2);
  for (std::size_t i = 0; i < 300; ++i) EXPECT_LT(scores[i], scores[300]);
  EXPECT_GT(scores[300], 0.7);
  EXPECT_EQ(scores, isolation_scores(table, 5, 1));
}

}  // namespace
}  // namespace aml::simulation
