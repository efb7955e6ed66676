#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "simulation/everyday.h"
#include "simulation/schemes.h"
#include "simulation/typologies/typology.h"

namespace aml::simulation {
namespace {

const Date kDate = Date::require("2025-10-26", "date");
const Window kWindow{kDate.plus_days(-7).epoch_ms(), kDate.epoch_ms()};

// One scheme, played alone.
struct Play {
  Economy economy{2'000, 1, kDate};
  Network network{"bitcoin", 1};
  std::vector<Flow> flows;
  std::vector<Cover> covers;

  void run(void (*scheme)(Scene&), bool laundering, std::uint64_t key) {
    Random random(key);
    Scene scene(economy, network, kWindow, random, flows, covers);
    scene.laundering = laundering;
    scene.cast = 8;
    scene.style = {.haste = 0.8, .uniformity = 0.8, .total_usd = 30'000};
    scheme(scene);
  }
  std::size_t launderers() const {
    std::size_t count = 0;
    for (AddressId id = 0; id < economy.size(); ++id) count += economy.is_laundering(id) ? 1 : 0;
    return count;
  }
  // Distinct addresses that pay the one that most pay, and that it pays.
  std::pair<std::size_t, std::size_t> widest() const {
    std::map<AddressId, std::set<AddressId>> in;
    std::map<AddressId, std::set<AddressId>> out;
    for (const Flow& flow : flows) {
      in[flow.dest].insert(flow.source);
      out[flow.source].insert(flow.dest);
    }
    std::size_t most_in = 0;
    std::size_t most_out = 0;
    for (const auto& [id, others] : in) {
      if (economy.role(id) == Role::staged) most_in = std::max(most_in, others.size());
    }
    for (const auto& [id, others] : out) {
      if (economy.role(id) == Role::staged) most_out = std::max(most_out, others.size());
    }
    return {most_in, most_out};
  }
};

TEST(Typologies, MarkLaunderersAndNobodyElse) {
  for (const Typology& typology : typologies()) {
    Play guilty;
    guilty.run(typology.launder, true, 3);
    EXPECT_GE(guilty.launderers(), 2U) << typology.name;
    EXPECT_GE(guilty.flows.size(), 4U) << typology.name;
    for (AddressId id = 0; id < guilty.economy.size(); ++id) {
      if (!guilty.economy.is_laundering(id)) continue;
      const Role role = guilty.economy.role(id);
      EXPECT_TRUE(role == Role::staged || role == Role::retail) << typology.name;
    }
    Play innocent;
    innocent.run(typology.live, false, 3);
    EXPECT_EQ(innocent.launderers(), 0U) << typology.look_alike;
    EXPECT_GE(innocent.flows.size(), 3U) << typology.look_alike;
  }
}

TEST(Typologies, StayWithinTheWindow) {
  for (const Typology& typology : typologies()) {
    Play play;
    for (std::uint64_t key = 0; key < 5; ++key) play.run(typology.launder, true, key);
    for (const Flow& flow : play.flows) {
      EXPECT_GE(flow.time_ms, kWindow.begin_ms) << typology.name;
      EXPECT_LT(flow.time_ms, kWindow.end_ms) << typology.name;
      EXPECT_GT(flow.amount, 0) << typology.name;
      EXPECT_NE(flow.source, flow.dest) << typology.name;
    }
  }
}

TEST(Typologies, HaveTheShapeOfTheirName) {
  Play in;
  in.run(launder_by_fan_in, true, 1);
  EXPECT_GE(in.widest().first, 6U);
  Play out;
  out.run(launder_by_fan_out, true, 1);
  EXPECT_GE(out.widest().second, 6U);
  Play both;
  both.run(launder_by_scatter_gather, true, 1);
  EXPECT_GE(both.widest().first, 5U);
  EXPECT_GE(both.widest().second, 5U);
  Play chain;
  chain.run(launder_by_peeling, true, 1);
  EXPECT_LE(chain.widest().second, 3U);
  Play round;
  round.run(launder_by_cycle, true, 1);
  std::set<AddressId> paying;
  std::size_t between = 0;
  for (const Flow& flow : round.flows) {
    between += round.economy.is_laundering(flow.source) && round.economy.is_laundering(flow.dest);
    paying.insert(flow.source);
  }
  EXPECT_GE(between, 7U);
}

TEST(Typologies, StructureBelowTheLimits) {
  Play play;
  play.run(launder_by_structuring, true, 2);
  std::size_t below = 0;
  std::size_t deposits = 0;
  for (const Flow& flow : play.flows) {
    if (play.economy.role(flow.dest) != Role::deposit) continue;
    ++deposits;
    for (const double limit : {1e3, 3e3, 1e4}) {
      const double usd = static_cast<double>(flow.amount) / kMicrosPerUsd;
      below += usd >= 0.8 * limit && usd <= limit ? 1 : 0;
    }
  }
  EXPECT_GE(deposits, 6U);
  EXPECT_GE(2 * below, deposits);
}

TEST(Economy, HasOneRoleForEveryAddress) {
  Economy economy(1'000, 1, kDate);
  std::map<Role, std::size_t> counts;
  for (AddressId id = 0; id < economy.size(); ++id) ++counts[economy.role(id)];
  EXPECT_EQ(counts.size(), kRoleCount);
  for (const auto& [role, count] : counts) EXPECT_EQ(count, economy.ids(role).size());
}

TEST(Economy, KeepsItsStandingPeopleFromDayToDay) {
  const Economy today(1'000, 1, kDate);
  const Economy tomorrow(1'000, 1, kDate.plus_days(1));
  EXPECT_EQ(today.address_number(5), tomorrow.address_number(5));
  EXPECT_EQ(today.wealth(5), tomorrow.wealth(5));
  EXPECT_NE(today.address_number(999), tomorrow.address_number(999));
}

TEST(Everyday, GivesEveryAddressAFlowWhateverTheThreads) {
  const Economy economy(1'000, 1, kDate);
  const Network network("ethereum", 1);
  std::vector<Flow> one;
  add_everyday_flows(economy, network, kWindow, {}, 9'000, 5, 1, one);
  std::vector<Flow> two;
  add_everyday_flows(economy, network, kWindow, {}, 9'000, 5, 2, two);
  ASSERT_EQ(one.size(), 9'000U);
  std::set<AddressId> seen;
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].time_ms, two[i].time_ms);
    EXPECT_EQ(one[i].amount, two[i].amount);
    seen.insert(one[i].source);
    seen.insert(one[i].dest);
  }
  EXPECT_EQ(seen.size(), economy.size());
}

TEST(Network, SpellsAddressesAsTheirChainDoes) {
  EXPECT_EQ(Network("bitcoin", 1).address(7).substr(0, 4), "bc1q");
  EXPECT_EQ(Network("bitcoin", 1).address(7).size(), 42U);
  EXPECT_EQ(Network("ethereum", 1).address(7).size(), 42U);
  EXPECT_EQ(Network("torus", 1).address(7).size(), 48U);
  EXPECT_NE(Network("torus", 1).address(7), Network("torus", 1).address(8));
  EXPECT_ANY_THROW(Network("../etc", 1));
}

}  // namespace
}  // namespace aml::simulation
