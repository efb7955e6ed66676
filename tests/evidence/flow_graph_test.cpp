#include "evidence/flow_graph.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "transfers.h"

namespace aml::evidence {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Json = nlohmann::json;

// An economy told as (who, whom, USD).
FlowIndex economy(const std::vector<std::tuple<std::string, std::string, std::int64_t>>& told) {
  std::vector<Transfer> transfers;
  for (const auto& [source, dest, usd] : told) {
    transfers.push_back({source, dest, usd, 0});
  }
  return index_of(transfers);
}

std::string told(const FlowIndex& index, const FlowQuery& query,
                 const KnownAddresses& known = KnownAddresses()) {
  KnownMentions mentions(known);
  const std::string members = flows_around(index, query, mentions);
  return members + mentions.member();
}

Json ask(const FlowIndex& index, const FlowQuery& query) {
  return Json::parse("{" + told(index, query) + "}");
}

std::set<std::string> nodes(const Json& answer) {
  std::set<std::string> names;
  for (const Json& node : answer.at("nodes")) names.insert(node.at("address"));
  return names;
}

// "a>b" of the edges, with a star where they are on a cycle.
std::set<std::string> edges(const Json& answer) {
  std::set<std::string> told;
  for (const Json& edge : answer.at("edges")) {
    told.insert(edge.at("source_address").get<std::string>() + ">" +
                edge.at("dest_address").get<std::string>() +
                (edge.at("on_cycle").get<bool>() ? "*" : ""));
  }
  return told;
}

TEST(FlowGraph, ShowsWhoPaysAnAddressAndWhomItPays) {
  const auto index = economy({{"p", "x", 5}, {"x", "q", 3}, {"p", "q", 1}, {"q", "far", 1}});
  const Json answer = ask(index, {.address = "x"});
  EXPECT_THAT(nodes(answer), ElementsAre("p", "q", "x"));
  EXPECT_THAT(edges(answer), ElementsAre("p>q", "p>x", "x>q"));
  EXPECT_EQ(answer.at("edges")[0].at("amount_usd"), 5);
  EXPECT_EQ(answer.at("incoming"),
            Json::parse(R"({"counterparties":1,"transfers":1,"amount_usd":5})"));
}

TEST(FlowGraph, CountsAllAndShowsTheLargest) {
  std::vector<std::tuple<std::string, std::string, std::int64_t>> told;
  for (int i = 0; i < 50; ++i) told.emplace_back(fmt::format("p{:02}", i), "x", i + 1);
  const Json answer = ask(economy(told), {.address = "x", .limit = 3});
  EXPECT_EQ(answer.at("incoming").at("counterparties"), 50);
  EXPECT_EQ(answer.at("incoming").at("amount_usd"), 50 * 51 / 2);
  EXPECT_THAT(nodes(answer), ElementsAre("p47", "p48", "p49", "x"));
}

TEST(FlowGraph, MarksMoneyThatComesBack) {
  const auto index =
      economy({{"x", "p", 5}, {"p", "q", 5}, {"q", "x", 5}, {"x", "shop", 9}, {"friend", "x", 1}});
  EXPECT_THAT(edges(ask(index, {.address = "x"})),
              ElementsAre("friend>x", "p>q*", "q>x*", "x>p*", "x>shop"));
}

TEST(FlowGraph, FindsALongerCycleInTwoHops) {
  const auto index = economy({{"x", "p", 5}, {"p", "q", 5}, {"q", "r", 5}, {"r", "x", 5}});
  EXPECT_THAT(edges(ask(index, {.address = "x", .hops = 2})),
              ElementsAre("p>q*", "q>r*", "r>x*", "x>p*"));
}

TEST(FlowGraph, KeepsRoomForSmallCycles) {
  std::vector<std::tuple<std::string, std::string, std::int64_t>> told;
  for (int i = 0; i < 10; ++i) told.emplace_back("x", fmt::format("shop{}", i), 1000 + i);
  told.emplace_back("x", "tiny", 1);
  told.emplace_back("tiny", "x", 1);
  EXPECT_TRUE(nodes(ask(economy(told), {.address = "x", .limit = 3})).contains("tiny"));
}

TEST(FlowGraph, PrefersSecondHopsThatSeveralShare) {
  // Scatter and gather: x pays mules, who pay one address; each mule also has a large flow alone.
  std::vector<std::tuple<std::string, std::string, std::int64_t>> told;
  for (int i = 0; i < 4; ++i) {
    told.emplace_back("x", fmt::format("mule{}", i), 10);
    told.emplace_back(fmt::format("mule{}", i), "gatherer", 1);
    for (int j = 0; j < 5; ++j) {
      told.emplace_back(fmt::format("mule{}", i), fmt::format("shop{}{}", i, j), 100);
    }
  }
  const auto shown = nodes(ask(economy(told), {.address = "x", .hops = 2, .limit = 4}));
  EXPECT_TRUE(shown.contains("gatherer"));
  EXPECT_EQ(shown.size(), 1 + 4 + 4);
}

TEST(FlowGraph, FollowsNothingThroughAService) {
  std::vector<std::tuple<std::string, std::string, std::int64_t>> told{
      {"x", "exchange", 5}, {"exchange", "q", 5}, {"q", "x", 5}};
  for (int i = 0; i < 600; ++i) told.emplace_back("exchange", fmt::format("client{}", i), 1);
  const Json answer = ask(economy(told), {.address = "x", .hops = 2});
  EXPECT_THAT(edges(answer), ElementsAre("exchange>q", "q>x", "x>exchange"));
  for (const Json& node : answer.at("nodes")) {
    EXPECT_EQ(node.at("is_service"), node.at("address") == "exchange");
  }
}

TEST(FlowGraph, SaysNothingOfAnAddressWithoutFlows) {
  const Json answer = ask(economy({{"p", "q", 1}}), {.address = "no\"body"});
  EXPECT_THAT(nodes(answer), ElementsAre("no\"body"));
  EXPECT_THAT(answer.at("edges"), IsEmpty());
  EXPECT_EQ(answer.at("outgoing").at("transfers"), 0);
}

TEST(FlowGraph, LeavesOutMoneyThatAnAddressSendsItself) {
  const Json answer = ask(economy({{"x", "x", 4}, {"x", "p", 1}}), {.address = "x", .hops = 2});
  EXPECT_THAT(edges(answer), ElementsAre("x>p"));
}

TEST(FlowGraph, AnswersTheSameWhateverTheOrderOfTheFile) {
  std::vector<std::tuple<std::string, std::string, std::int64_t>> flows;
  for (int i = 0; i < 30; ++i) {
    flows.emplace_back("x", fmt::format("p{}", i), 7);
    flows.emplace_back(fmt::format("p{}", i), fmt::format("q{}", i % 11), 7);
  }
  const FlowQuery query{.address = "x", .hops = 2, .limit = 5};
  const std::string first = told(economy(flows), query);
  std::reverse(flows.begin(), flows.end());
  EXPECT_EQ(told(economy(flows), query), first);
}

TEST(FlowGraph, SaysWhoOfItsNodesIsKnown) {
  const KnownAddresses known(std::make_shared<const std::string>(
      "{\"addresses\":{\n\"p\":[{\"category\":\"mixer\"}],\n\"q\":[{\"category\":\"scam\"}],\n"
      "\"z\":[{\"category\":\"scam\"}]\n}}\n"));
  const FlowIndex index = economy({{"x", "p", 4}, {"p", "q", 1}, {"z", "r", 1}});
  const auto ask_known = [&](const FlowQuery& query) {
    return Json::parse("{" + told(index, query, known) + "}").at("known").dump();
  };
  EXPECT_EQ(ask_known({.address = "x"}), R"({"p":[{"category":"mixer"}]})");
  EXPECT_EQ(ask_known({.address = "x", .hops = 2}),
            R"({"p":[{"category":"mixer"}],"q":[{"category":"scam"}]})");
  EXPECT_EQ(ask_known({.address = "r"}), R"({"z":[{"category":"scam"}]})");
  EXPECT_FALSE(ask(index, {.address = "x"}).contains("known"));
}

}  // namespace
}  // namespace aml::evidence
