#include "evidence/pattern_index.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "transfers.h"

namespace aml::evidence {
namespace {

using Json = nlohmann::json;

// From one address by so many others to a third.
void add_scatter_gather(std::vector<Transfer>& transfers, const std::string& name, int ways,
                        std::int64_t usd) {
  for (int i = 0; i < ways; ++i) {
    const std::string middle = fmt::format("{}{}", name, i);
    transfers.push_back({"from", middle, usd, 60 * i});
    transfers.push_back({middle, "to_" + name, usd, 60 * i + 30});
  }
}

Json all_of(const PatternIndex& index, const std::string& address) {
  const KnownAddresses known;
  KnownMentions mentions(known);
  return Json::parse(index.patterns_of(address, mentions));
}

Json patterns_of(const PatternIndex& index, const std::string& address) {
  Json found = Json::array();
  for (const Json& one : all_of(index, address)) {
    if (one.at("pattern_type") == "scatter_gather") found.push_back(one);
  }
  return found;
}

TEST(PatternIndex, TellsOfEveryAddressInAPattern) {
  std::vector<Transfer> transfers;
  add_scatter_gather(transfers, "m", 5, 100);
  const PatternIndex index(graph_of(transfers), 1);
  for (const char* address : {"from", "m0", "m4", "to_m"}) {
    const Json found = patterns_of(index, address);
    ASSERT_EQ(found.size(), 1U) << address;
    EXPECT_EQ(found[0].at("pattern_addresses"), 7);
    EXPECT_EQ(found[0].at("transfers"), 10);
    EXPECT_EQ(found[0].at("amount_usd"), 500);
    EXPECT_EQ(found[0].at("first_timestamp"), kStart * 1000);
    EXPECT_EQ(found[0].at("last_timestamp"), (kStart + 270) * 1000);
    EXPECT_EQ(found[0].at("addresses").size(), 7U);
  }
  EXPECT_EQ(all_of(index, "nobody"), Json::array());
  EXPECT_GT(index.bytes(), 0U);
}

TEST(PatternIndex, ShowsTheLargest) {
  std::vector<Transfer> transfers;
  for (int i = 0; i < 10; ++i) {
    add_scatter_gather(transfers, fmt::format("m{}_", i), 3, 100 + i);
  }
  const PatternIndex index(graph_of(transfers), 1);
  const Json all = all_of(index, "from");
  ASSERT_EQ(all.size(), kShownPatterns);
  EXPECT_EQ(all[0].at("amount_usd"), 327);
  for (std::size_t i = 1; i < all.size(); ++i) {
    EXPECT_LE(all[i].at("amount_usd"), all[i - 1].at("amount_usd"));
  }
}

TEST(PatternIndex, CountsAllAddressesAndShowsTheFirst) {
  std::vector<Transfer> transfers;
  add_scatter_gather(transfers, "m", 40, 100);
  const PatternIndex index(graph_of(transfers), 1);
  const Json found = patterns_of(index, "from");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].at("pattern_addresses"), 42);
  EXPECT_EQ(found[0].at("addresses").size(), kShownAddresses);
}

TEST(PatternIndex, OfNoTransfersHasNone) {
  EXPECT_EQ(all_of(PatternIndex(graph_of({}), 1), "x"), Json::array());
}

// Money in so many circles of three: of one of them there is no pattern any more.
TEST(PatternIndex, LooksThroughTheFirstPatternsOfADay) {
  std::vector<Transfer> transfers;
  const int most = static_cast<int>(kMostPatterns);
  for (int i = 0; i <= most; ++i) {
    const std::string a = fmt::format("a{:06}", i);
    const std::string b = fmt::format("b{:06}", i);
    const std::string c = fmt::format("c{:06}", i);
    transfers.push_back({a, b, 10, i % 1000});
    transfers.push_back({b, c, 10, i % 1000 + 1});
    transfers.push_back({c, a, 10, i % 1000 + 2});
  }
  const PatternIndex index(graph_of(transfers), 2);
  std::size_t shown = 0;
  for (int i = 0; i <= most; ++i) {
    shown += static_cast<std::size_t>(!all_of(index, fmt::format("a{:06}", i)).empty());
  }
  EXPECT_EQ(shown, kMostPatterns);
}

}  // namespace
}  // namespace aml::evidence
