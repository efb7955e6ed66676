#include "flows/pattern_list.h"

#include <gtest/gtest.h>

#include <set>

#include "columns.h"
#include "slow.h"

namespace aml::flows {
namespace {

constexpr std::int64_t kUsd = kUnitsPerUsd;
constexpr std::int64_t kHour = 3600;

std::vector<const Pattern*> of_type(const PatternList& list, PatternType type) {
  std::vector<const Pattern*> found;
  for (const Pattern& pattern : list.patterns) {
    if (pattern.type == type) found.push_back(&pattern);
  }
  return found;
}

std::vector<std::string> names(const Graph& graph, const std::vector<Address>& way) {
  std::vector<std::string> found;
  for (const Address address : way) found.emplace_back(graph.text(address));
  return found;
}

using Names = std::vector<std::string>;

TEST(PatternList, HasACycleWithItsFirstAddressAtBothEnds) {
  const Graph graph = graph_of({{"a", "b", 9 * kUsd, kStart},
                                {"b", "c", 8 * kUsd, kStart + 10},
                                {"c", "a", 7 * kUsd, kStart + 20}});
  const PatternList list = list_patterns({.graph = graph});
  const auto cycles = of_type(list, PatternType::cycle);
  ASSERT_EQ(cycles.size(), 1);
  EXPECT_EQ(names(graph, cycles[0]->ways[0]), (Names{"a", "b", "c", "a"}));
  EXPECT_EQ(cycles[0]->transfers, 3);
  EXPECT_EQ(cycles[0]->amount, 9 * kUsd);
  EXPECT_EQ(cycles[0]->first_second, kStart);
  EXPECT_EQ(cycles[0]->last_second, kStart + 20);
}

TEST(PatternList, HasAScatterGatherOnceWithAllItsWays) {
  std::vector<Row> rows;
  for (int i = 0; i < 5; ++i) {
    rows.push_back({"s", fmt::format("m{}", i), (100 + i) * kUsd, kStart + i});
    rows.push_back({fmt::format("m{}", i), "z", 90 * kUsd, kStart + kHour + i});
  }
  const Graph graph = graph_of(rows);
  const PatternList list = list_patterns({.graph = graph});
  const auto fans = of_type(list, PatternType::scatter_gather);
  ASSERT_EQ(fans.size(), 1);
  EXPECT_EQ(fans[0]->ways.size(), 5);
  EXPECT_EQ(fans[0]->transfers, 10);
  EXPECT_EQ(fans[0]->amount, 510 * kUsd);
  EXPECT_EQ(fans[0]->first_second, kStart);
  EXPECT_EQ(fans[0]->last_second, kStart + kHour + 4);
  for (const auto& way : fans[0]->ways) {
    EXPECT_EQ(names(graph, way).front(), "s");
    EXPECT_EQ(names(graph, way).back(), "z");
    EXPECT_EQ(way.size(), 3);
  }
}

TEST(PatternList, HasChainsFromWhereTheyBegin) {
  const Graph graph = graph_of({{"a", "b", 100 * kUsd, kStart},
                                {"b", "c", 90 * kUsd, kStart + 1 * kHour},
                                {"c", "d", 80 * kUsd, kStart + 2 * kHour},
                                {"c", "x", 10 * kUsd, kStart + 2 * kHour},
                                {"d", "e", 30 * kUsd, kStart + 3 * kHour}});
  const PatternList list = list_patterns({.graph = graph});
  const auto chains = of_type(list, PatternType::chain);
  ASSERT_EQ(chains.size(), 1);
  EXPECT_EQ(names(graph, chains[0]->ways[0]), (Names{"a", "b", "c", "d"}));
  // c peels off 10 of 90 and pays 80 on; b and d peel nothing.
  EXPECT_TRUE(of_type(list, PatternType::peeling).empty());
}

TEST(PatternList, HasPeeling) {
  std::vector<Row> rows = {{"p0", "p1", 1000 * kUsd, kStart}};
  for (int i = 1; i < 4; ++i) {
    const auto amount = static_cast<std::int64_t>(1000 - 100 * i);
    rows.push_back(
        {fmt::format("p{}", i), fmt::format("p{}", i + 1), amount * kUsd, kStart + i * kHour});
    rows.push_back(
        {fmt::format("p{}", i), fmt::format("peel{}", i), 100 * kUsd, kStart + i * kHour + 5});
  }
  const Graph graph = graph_of(rows);
  const PatternList list = list_patterns({.graph = graph});
  const auto peelings = of_type(list, PatternType::peeling);
  ASSERT_EQ(peelings.size(), 1);
  EXPECT_EQ(names(graph, peelings[0]->ways[0]), (Names{"p0", "p1", "p2", "p3", "p4"}));
}

TEST(PatternList, GoesAlongTransfersThatExist) {
  const Graph graph = graph_of(random_rows({.addresses = 300, .rows = 6000}));
  const PatternList list = list_patterns({.graph = graph, .threads = 2});
  std::set<std::pair<Address, Address>> pairs;
  for (const slow::Transfer& one : slow::World(graph).all) pairs.emplace(one.source, one.dest);
  std::set<std::string> ids;
  EXPECT_GT(list.patterns.size(), 100);
  for (const Pattern& pattern : list.patterns) {
    EXPECT_TRUE(ids.insert(pattern_id(graph, pattern)).second);
    EXPECT_LE(pattern.first_second, pattern.last_second);
    for (const auto& way : pattern.ways) {
      for (std::size_t i = 1; i < way.size(); ++i) {
        EXPECT_TRUE(pairs.contains({way[i - 1], way[i]}));
      }
    }
  }
}

TEST(PatternList, IsTheSameForAnyThreadsAndOrderOfRows) {
  std::vector<Row> rows = random_rows({.addresses = 300, .rows = 6000});
  const auto ids = [](const Graph& graph, int threads, std::size_t most) {
    std::vector<std::string> found;
    const PatternList list = list_patterns({.graph = graph, .threads = threads}, most);
    for (const Pattern& pattern : list.patterns) found.push_back(pattern_id(graph, pattern));
    return std::pair(found, list.left_out);
  };
  const Graph graph = graph_of(rows);
  const auto all = ids(graph, 1, 1'000'000);
  std::shuffle(rows.begin(), rows.end(), std::mt19937(5));
  EXPECT_EQ(ids(graph_of(rows), 7, 1'000'000), all);
  // The first ones where they are too many.
  const auto few = ids(graph, 2, 50);
  EXPECT_EQ(few.first, std::vector(all.first.begin(), all.first.begin() + 50));
  EXPECT_EQ(few.second, static_cast<std::int64_t>(all.first.size() - 50));
}

}  // namespace
}  // namespace aml::flows
