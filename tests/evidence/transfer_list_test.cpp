#include "evidence/transfer_list.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "transfers.h"

namespace aml::evidence {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kMs = 1000;

Json ask(const FlowIndex& index, const TransferQuery& query,
         const KnownAddresses& known = KnownAddresses()) {
  KnownMentions mentions(known);
  const std::string members = transfers_of(index, query, mentions);
  return Json::parse("{" + members + mentions.member() + "}");
}

std::string told(const Json& answer) {
  std::string all;
  for (const Json& one : answer.at("transfers")) {
    all += one.at("direction").get<std::string>() + one.at("address").get<std::string>() +
           one.at("amount_usd").dump() + " ";
  }
  return all;
}

const FlowIndex& example() {
  static const FlowIndex index = index_of({{"x", "q", 5, 30},
                                           {"p", "x", 9, 10},
                                           {"r", "x", 0, 20},
                                           {"x", "p", 4, 20},
                                           {"p", "q", 1, 1}});
  return index;
}

TEST(TransferList, TellsWhatGoesInAndOutInOrderOfTime) {
  const Json answer = ask(example(), {.address = "x"});
  EXPECT_EQ(answer.at("total_transfers"), 4);
  EXPECT_EQ(told(answer), "inp9 inrnull outp4 outq5 ") << "no price is no amount";
  EXPECT_EQ(answer.at("transfers")[0].at("timestamp"), (kStart + 10) * kMs);
  EXPECT_FALSE(answer.contains("timeline"));
}

TEST(TransferList, GivesAPart) {
  EXPECT_EQ(told(ask(example(), {.address = "x", .offset = 1, .limit = 2})), "inrnull outp4 ");
  EXPECT_EQ(told(ask(example(), {.address = "x", .offset = 4})), "");
  const Json beyond = ask(example(), {.address = "x", .offset = 1'000'000});
  EXPECT_EQ(beyond.at("total_transfers"), 4);
}

TEST(TransferList, GivesAPeriodWithoutItsEnd) {
  const Json answer =
      ask(example(), {.address = "x", .from = (kStart + 10) * kMs, .to = (kStart + 20) * kMs});
  EXPECT_EQ(told(answer), "inp9 ");
  EXPECT_EQ(answer.at("total_transfers"), 1);
}

TEST(TransferList, SumsUpByTime) {
  const Json timeline = ask(example(), {.address = "x", .bins = 3}).at("timeline");
  EXPECT_EQ(timeline.at("begin"), (kStart + 10) * kMs);
  EXPECT_EQ(timeline.at("end"), (kStart + 31) * kMs);
  EXPECT_EQ(timeline.at("incoming_usd"), Json({9.0, 0.0, 0.0}));
  EXPECT_EQ(timeline.at("outgoing_usd"), Json({0.0, 4.0, 5.0}));
}

TEST(TransferList, PutsAllOfOneMomentIntoOneBin) {
  const Json timeline =
      ask(index_of({{"p", "x", 2, 7}}), {.address = "x", .bins = 4}).at("timeline");
  EXPECT_EQ(timeline.at("incoming_usd"), Json({2.0, 0.0, 0.0, 0.0}));
}

TEST(TransferList, OfAnUnknownAddressIsEmpty) {
  const Json answer = ask(example(), {.address = "no\"body", .bins = 4});
  EXPECT_EQ(answer.at("total_transfers"), 0);
  EXPECT_TRUE(answer.at("timeline").is_null());
}

TEST(TransferList, TellsOfKnownAddressesInTheWholeTimelineTheLargestFirst) {
  std::vector<Transfer> transfers{{"stranger", "x", 999, 5}};
  std::string lines;
  for (int i = 0; i < 120; ++i) {
    const std::string name = fmt::format("k{:03}", i);
    transfers.push_back({name, "x", 1000 + i, 10 + i});
    lines += fmt::format("{}\"{}\":[{{\"category\":\"mixer\"}}]", i == 0 ? "" : ",\n", name);
  }
  const KnownAddresses known(
      std::make_shared<const std::string>("{\"addresses\":{\n" + lines + "\n}}\n"));
  const Json answer = ask(index_of(transfers), {.address = "x", .limit = 1, .bins = 4}, known);
  const Json& told = answer.at("timeline").at("known");
  ASSERT_EQ(told.size(), kMostOfKnown);
  EXPECT_EQ(told.front().at("address"), "k020");  // the 20 smaller ones are left out
  EXPECT_EQ(told.back().at("address"), "k119");
  EXPECT_EQ(answer.at("known").size(), kMostOfKnown);  // of those that are named, and no others
  EXPECT_EQ(answer.at("transfers").size(), 1U);
  EXPECT_FALSE(
      ask(index_of(transfers), {.address = "x", .bins = 4}).at("timeline").contains("known"));
}

}  // namespace
}  // namespace aml::evidence
