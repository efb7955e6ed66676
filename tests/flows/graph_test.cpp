#include "flows/graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/threads.h"
#include "example.h"

namespace aml::flows {
namespace {

constexpr std::int64_t kUsd = kUnitsPerUsd;

using Arc = std::tuple<std::string, std::string, std::uint32_t, std::int64_t>;

// All edges, by text.
std::vector<Arc> arcs_of(const Graph& graph) {
  std::vector<Arc> arcs;
  for (Address address = 0; address < graph.addresses(); ++address) {
    for (const Edge& edge : graph.outgoing(address)) {
      arcs.emplace_back(graph.text(address), graph.text(edge.other), edge.second, edge.amount);
    }
  }
  std::sort(arcs.begin(), arcs.end());
  return arcs;
}

// Everything that a graph says, in its own order.
std::string written(const Graph& graph) {
  std::string text;
  for (Address address = 0; address < graph.addresses(); ++address) {
    text += fmt::format("\n{}:", graph.text(address));
    EdgeId id = graph.first_outgoing(address);
    for (const Edge& edge : graph.outgoing(address)) {
      text += fmt::format(" {} {} {} {} {}", edge.other, edge.second, edge.amount, graph.marks(id),
                          graph.transfers(id));
      ++id;
    }
    text += " in";
    for (const EdgeId in : graph.incoming_ids(address)) text += fmt::format(" {}", in);
  }
  return text;
}

TEST(Graph, HasWhatNobodySentNorGot) {
  const Graph none = graph_of({});
  EXPECT_EQ(none.addresses(), 0);
  EXPECT_EQ(none.edges(), 0);
  EXPECT_EQ(none.span().end, 0);
  EXPECT_EQ(make_graph({}, 3).addresses(), 0);
}

TEST(Graph, KnowsATransferFromBothEnds) {
  const Graph graph = graph_of({{"p", "q", 5 * kUsd, 1000}});
  const Address p = *graph.find("p");
  const Address q = *graph.find("q");
  EXPECT_EQ(graph.outgoing(p)[0], (Edge{q, 1000, 5 * kUsd}));
  EXPECT_EQ(graph.incoming(q)[0], (Edge{p, 1000, 5 * kUsd}));
  EXPECT_TRUE(graph.incoming(p).empty());
  EXPECT_TRUE(graph.outgoing(q).empty());
  EXPECT_EQ(graph.source(graph.incoming_ids(q)[0]), p);
  EXPECT_EQ(graph.span().begin, 1000);
  EXPECT_EQ(graph.span().end, 1001);
}

TEST(Graph, SortsRowsByTime) {
  const Graph graph = graph_of({{"p", "q", 3, 30}, {"p", "r", 1, 10}, {"s", "q", 2, 20}});
  EXPECT_EQ(graph.outgoing(*graph.find("p"))[0].second, 10);
  EXPECT_EQ(graph.incoming(*graph.find("q"))[0].second, 20);
  EXPECT_EQ(graph.counts().out_of_order, 1);
}

TEST(Graph, ReadsSecondsAndMilliseconds) {
  EXPECT_EQ(second_of(1'700'000'000), 1'700'000'000);
  EXPECT_EQ(second_of(1'700'000'000'999), 1'700'000'000);
  EXPECT_EQ(second_of(0), 0);
  EXPECT_EQ(second_of(-5), 0);
  EXPECT_EQ(second_of(kMissing), 0);
  EXPECT_EQ(second_of(99'999'999'999), 0);  // seconds beyond 2106
}

TEST(Graph, CountsEveryRowOnce) {
  const Graph graph = graph_of({{"", "q", 1, 5},
                                {"p", "", 1, 5},
                                {"p", "p", 1, 5},
                                {"p", "q", -1, 5},
                                {"p", "q", 1, 0},
                                {"p", "q", 1, kMissing},
                                {"p", "q", 0, 5},
                                {"p", "q", kMissing, 5},
                                {"p", "q", kLargestAmount + 1, 5},
                                {"p", "q", 7, 5, 0, 77},
                                {"p", "q", 7, 5, 0, 77},
                                {"p", "q", 7, 5, 0, 78}});
  const LoadCounts& counts = graph.counts();
  EXPECT_EQ(counts.without_address, 2);
  EXPECT_EQ(counts.self_transfers, 1);
  EXPECT_EQ(counts.negative_amounts, 1);
  EXPECT_EQ(counts.without_time, 2);
  EXPECT_EQ(counts.duplicates, 1);
  EXPECT_EQ(counts.kept, 5);
  EXPECT_EQ(counts.unpriced, 2);
  EXPECT_EQ(counts.limited, 1);
  EXPECT_EQ(counts.rows(), 12);
  EXPECT_EQ(graph.edges(), 5);
  const auto edges = graph.outgoing(*graph.find("p"));
  EXPECT_EQ(edges[0].amount, kUnpriced);
  EXPECT_EQ(edges[4].amount, kLargestAmount);
}

TEST(Graph, KeepsRowsOfOneTransactionThatDifferInAnyColumn) {
  // Two outputs of one amount to one address: another output index, another hash.
  const Graph graph = graph_of({{"p", "q", 7, 5, 9, 1}, {"p", "q", 7, 5, 9, 2}});
  EXPECT_EQ(graph.edges(), 2);
}

TEST(Graph, MarksChange) {
  const Graph graph = graph_of({{"p", "shop", 7, 5, 9},
                                {"p", "r", 3, 5, 9},
                                {"r", "shop", 7, 5, 9},
                                {"r", "shop", 7, 5, 8}});
  const Address r = *graph.find("r");
  EXPECT_EQ(graph.marks(graph.incoming_ids(r)[0]), kChange);
  EXPECT_EQ(graph.counts().change, 1);
  EXPECT_EQ(graph.counts().consolidation, 0);
}

TEST(Graph, MarksConsolidation) {
  const std::vector<Row> several = {{"p", "all", 7, 5, 9}, {"q", "all", 3, 5, 9}};
  EXPECT_EQ(graph_of(several).counts().consolidation, 2);
  std::vector<Row> pays_another = several;
  pays_another.push_back({"q", "shop", 1, 5, 9});
  EXPECT_EQ(graph_of(pays_another).counts().consolidation, 0);
  EXPECT_EQ(graph_of({{"p", "all", 7, 5, 9}, {"p", "all", 3, 5, 9}}).counts().consolidation, 0);
  EXPECT_EQ(graph_of({{"p", "all", 7, 5, 0}, {"q", "all", 3, 5, 0}}).counts().consolidation, 0);
}

TEST(Graph, MarksNothingWhereASecondHoldsAllTransfers) {
  std::vector<Row> rows;
  for (int i = 0; i < 20000; ++i) {
    rows.push_back({fmt::format("p{}", i % 3), fmt::format("q{}", i % 5), 7, 5, 9});
    rows.push_back({fmt::format("q{}", i % 5), fmt::format("p{}", i % 3), 7, 5, 9});
  }
  EXPECT_EQ(graph_of(rows).counts().change, 0);
}

TEST(Graph, MayBeMadeOfPairs) {
  const Graph graph = pairs_of({{"p", "q", 10 * kUsd, 100, 0, 0, 4, 900},
                                {"p", "r", 1, kMissing, 0, 0, 1},
                                {"q", "r", 1, 100, 0, 0, 0}});
  EXPECT_FALSE(graph.has_transfers());
  EXPECT_EQ(graph.edges(), 2);
  EXPECT_EQ(graph.counts().without_transfers, 1);
  const Address p = *graph.find("p");
  EdgeId id = graph.first_outgoing(p);
  EXPECT_EQ(graph.edge(id).second, 0);  // no time comes first
  EXPECT_EQ(graph.transfers(id + 1), 4);
  EXPECT_EQ(graph.last_second(id + 1), 900);
}

TEST(Graph, IsTheSameForAnyOrderAndThreads) {
  std::vector<Row> rows = random_rows({.rows = 5000, .time_step = 3600});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].transaction = 1 + i / 3;
    rows[i].time = rows[i - i % 3].time;
    rows[i].row_hash = i + 1;
  }
  const std::vector<Row> again(rows.begin(), rows.begin() + 500);
  rows.insert(rows.end(), again.begin(), again.end());
  const std::string once = written(graph_of(rows));
  EXPECT_EQ(graph_of(rows).counts().duplicates, 500);
  std::shuffle(rows.begin(), rows.end(), std::mt19937(3));
  for (const int threads : {1, 2, 7}) {
    std::vector<TransferShard> shards(threads);
    const std::size_t each = rows.size() / threads + 1;
    for (std::size_t i = 0; i < shards.size(); ++i) {
      const auto begin = rows.begin() + std::min(rows.size(), i * each);
      const auto end = rows.begin() + std::min(rows.size(), (i + 1) * each);
      add_rows(shards[i], {begin, end}, false, 100);
    }
    EXPECT_EQ(written(make_graph(std::move(shards), threads)), once) << threads;
  }
}

TEST(Graph, HoldsWhatItsRowsSay) {
  const std::vector<Row> rows = random_rows({.addresses = 3000, .rows = 20000});
  std::vector<Arc> wanted;
  for (const Row& row : rows) {
    wanted.emplace_back(row.source, row.dest, row.time / 1000,
                        row.amount > 0 ? row.amount : kUnpriced);
  }
  std::sort(wanted.begin(), wanted.end());
  const Graph graph = graph_of(rows);
  EXPECT_EQ(arcs_of(graph), wanted);
  std::size_t seen = 0;
  for (Address address = 0; address < graph.addresses(); ++address) {
    const auto edges = graph.incoming(address);
    const auto ids = graph.incoming_ids(address);
    for (std::size_t i = 0; i < edges.size(); ++i, ++seen) {
      EXPECT_EQ(graph.edge(ids[i]).other, address);
      EXPECT_EQ(graph.source(ids[i]), edges[i].other);
      EXPECT_EQ(graph.edge(ids[i]).amount, edges[i].amount);
      if (i > 0) {
        EXPECT_LE(edges[i - 1].second, edges[i].second);
      }
    }
  }
  EXPECT_EQ(seen, rows.size());
}

TEST(Graph, WithinAPeriodIsAsIfThereWereNoOtherRows) {
  const std::vector<Row> rows = random_rows({.rows = 3000});
  const Period period{static_cast<std::uint32_t>(kStart + 86400),
                      static_cast<std::uint32_t>(kStart + 3 * 86400)};
  std::vector<Row> inside;
  for (const Row& row : rows) {
    if (period.contains(second_of(row.time))) inside.push_back(row);
  }
  const Graph part = graph_of(rows).within(period);
  EXPECT_EQ(arcs_of(part), arcs_of(graph_of(inside)));
  EXPECT_EQ(written(graph_of(rows).within({})), written(graph_of(rows)));
  std::size_t incoming = 0;
  for (Address address = 0; address < part.addresses(); ++address) {
    for (const EdgeId id : part.incoming_ids(address)) {
      EXPECT_EQ(part.edge(id).other, address);
      ++incoming;
    }
  }
  EXPECT_EQ(incoming, inside.size());
}

TEST(Graph, OfPairsKeepsThoseThatMayOverlapAPeriod) {
  const Graph graph = pairs_of({{"p", "q", 1, 100, 0, 0, 4, 200},
                                {"p", "r", 1, 300, 0, 0, 4, 400},
                                {"p", "s", 1, kMissing, 0, 0, 4}});
  EXPECT_EQ(graph.within({200, 300}).edges(), 2);
  EXPECT_EQ(graph.within({201, 300}).edges(), 1);
  EXPECT_EQ(graph.within({150, 301}).edges(), 3);
  EXPECT_FALSE(graph.within({1, 2}).has_transfers());
}

}  // namespace
}  // namespace aml::flows
