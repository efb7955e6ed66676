#include "flows/facts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "columns.h"
#include "flows/exposure.h"
#include "flows/services.h"
#include "slow.h"

namespace aml::flows {
namespace {

constexpr std::int64_t kUsd = kUnitsPerUsd;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

Facts random_facts(const Graph& graph, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Facts facts;
  facts.quantities = {{"rank", "how central it is", {}}, {"volume", "USD that pass", {}}};
  for (std::size_t i = 0; i < graph.addresses(); ++i) {
    facts.kinds.push_back(random() % 4 == 0 ? 1u << random() % (kKinds - 1) : 0);
    facts.alerts.push_back(random() % 3 == 0 ? random() % 4 : 0);
    facts.communities.push_back(random() % 5 == 0 ? kNoCommunity : random() % 7 * 1000);
    for (Quantity& quantity : facts.quantities) {
      quantity.percentiles.push_back(
          random() % 6 == 0 ? -1 : static_cast<std::int32_t>(random() % (kWhole + 1)));
    }
  }
  return facts;
}

// Places of FactSets::sets().
enum Set : std::size_t { kExposureSet, kNeighborSet, kAlertSet, kCommunitySet, kFactSets };

// A set of FactSets, its features by name.
class FactFeatures {
 public:
  FactFeatures(std::size_t set, const Question& question)
      : sets_(*question.facts),
        columns_(compute(sets_.sets()[set], question, all_addresses(question.graph))) {}
  const Column& operator[](const std::string& name) const { return column(columns_, name); }
  const Columns& columns() const { return columns_; }

 private:
  FactSets sets_;
  Columns columns_;
};

std::vector<RandomRows> random_worlds() {
  return {{.seed = 1, .addresses = 4, .rows = 5},
          {.seed = 2, .addresses = 40, .rows = 600},
          {.seed = 3, .addresses = 15000, .rows = 60000, .are_skewed = false}};
}

// Counterparties and the USD that passed between.
std::map<Address, std::int64_t> counterparties(const slow::World& world, Address address) {
  std::map<Address, std::int64_t> found;
  for (const bool paid : {false, true}) {
    const auto& rows = paid ? world.out : world.in;
    const auto row = rows.find(address);
    if (row == rows.end()) continue;
    for (const slow::Transfer& one : row->second) {
      found[paid ? one.dest : one.source] += std::max<std::int64_t>(0, one.amount);
    }
  }
  return found;
}

void expect_near(double found, double wanted, const std::string& name) {
  if (std::isnan(wanted)) {
    EXPECT_TRUE(std::isnan(found)) << name << ' ' << found;
  } else {
    EXPECT_NEAR(found, wanted, 1e-8) << name;
  }
}

TEST(NeighborFeatures, AreMeansOverCounterparties) {
  for (const RandomRows& how : random_worlds()) {
    const Graph graph = graph_of(random_rows(how));
    const Facts facts = random_facts(graph, how.seed);
    const FactFeatures features(kNeighborSet, {.graph = graph, .threads = 2, .facts = &facts});
    const FactFeatures alerted_ones(kAlertSet, {.graph = graph, .threads = 2, .facts = &facts});
    const slow::World world(graph);
    const auto value = [&](const Quantity& quantity, Address address) {
      const std::int32_t percentile = quantity.percentiles[address];
      return percentile < 0 ? kNone : percentile / 1e9;
    };
    const auto mean = [&](Address address, auto of) {
      double sum = 0;
      int known = 0;
      for (const auto& [other, amount] : counterparties(world, address)) {
        if (std::isnan(of(other))) continue;
        sum += of(other);
        ++known;
      }
      return known == 0 ? kNone : sum / known;
    };
    for (Address address = 0; address < graph.addresses(); address += 1 + how.addresses / 500) {
      std::int64_t alerted = 0, alerts = 0;
      const auto others = counterparties(world, address);
      for (const auto& [other, amount] : others) {
        alerted += facts.alerts[other] > 0;
        alerts += facts.alerts[other];
      }
      EXPECT_EQ(alerted_ones["counterparty_alerts"].integers[address], alerts);
      expect_near(alerted_ones["alerted_counterparties_share"].numbers[address],
                  static_cast<double>(alerted) / static_cast<double>(others.size()), "alerted");
      for (const Quantity& quantity : facts.quantities) {
        const auto own = [&](Address other) { return value(quantity, other); };
        const auto named = [&](const char* suffix) {
          return features["neighbor_" + quantity.name + suffix].numbers[address];
        };
        double weighted = 0, weight = 0, largest = kNone;
        for (const auto& [other, amount] : others) {
          if (std::isnan(own(other))) continue;
          weighted += own(other) * static_cast<double>(amount);
          weight += static_cast<double>(amount);
          largest = std::isnan(largest) ? own(other) : std::max(largest, own(other));
        }
        expect_near(named("_mean"), mean(address, own), "mean");
        expect_near(named("_weighted_mean"), weight == 0 ? kNone : weighted / weight, "weighted");
        expect_near(named("_largest"), largest, "largest");
        expect_near(named("_second_mean"),
                    mean(address, [&](Address other) { return mean(other, own); }), "second");
      }
    }
  }
}

TEST(CommunityFeatures, LeaveTheAddressItselfOut) {
  for (const RandomRows& how : random_worlds()) {
    const Graph graph = graph_of(random_rows(how));
    const Facts facts = random_facts(graph, how.seed);
    const FactFeatures features(kCommunitySet, {.graph = graph, .facts = &facts});
    for (Address address = 0; address < graph.addresses(); address += 1 + how.addresses / 200) {
      if (facts.communities[address] == kNoCommunity) {
        EXPECT_EQ(features["community_addresses"].integers[address], kMissing);
        continue;
      }
      std::int64_t size = 0, alerted = 0, known = 0;
      double sum = 0;
      for (Address other = 0; other < graph.addresses(); ++other) {
        if (facts.communities[other] != facts.communities[address]) continue;
        ++size;
        if (other == address) continue;
        alerted += facts.alerts[other] > 0;
        if (facts.quantities[1].percentiles[other] < 0) continue;
        ++known;
        sum += facts.quantities[1].percentiles[other] / 1e9;
      }
      EXPECT_EQ(features["community_addresses"].integers[address], size);
      EXPECT_EQ(features["community_alerted"].integers[address], alerted);
      expect_near(features["community_volume_mean"].numbers[address],
                  known == 0 ? kNone : sum / static_cast<double>(known), "community");
    }
  }
}

double taint_of(const slow::World& world, const Facts& facts, Address address, bool paid,
                std::size_t hops) {
  const auto& rows = paid ? world.out : world.in;
  const auto row = rows.find(address);
  if (hops == 0 || row == rows.end()) return 0;
  double whole = 0, tainted = 0;
  for (const slow::Transfer& one : row->second) {
    if (one.amount == kUnpriced) continue;
    const Address other = paid ? one.dest : one.source;
    const auto amount = static_cast<double>(one.amount);
    whole += amount;
    if ((facts.kinds[other] & bit(kMixer)) != 0) {
      tainted += amount;
    } else if ((facts.kinds[other] & kTerminalKinds) == 0) {
      tainted += amount * taint_of(world, facts, other, paid, hops - 1);
    }
  }
  if (whole == 0 || tainted / whole < 0.01 || tainted < 10.0 * kUsd) return 0;
  return tainted / whole;
}

TEST(ExposureFeatures, AreSharesOfWhatTheirDefinitionsSay) {
  for (const RandomRows& how : random_worlds()) {
    const Graph graph = graph_of(random_rows(how));
    Facts facts = random_facts(graph, how.seed);
    Settings settings;
    settings.most_transfers = 9;
    const FactFeatures features(
        kExposureSet, {.graph = graph, .threads = 2, .settings = settings, .facts = &facts});
    const slow::World world(graph);
    std::vector<std::uint8_t> kinds = facts.kinds;
    for (Address address = 0; address < graph.addresses(); ++address) {
      for (const auto* rows : {&world.in, &world.out}) {
        const auto row = rows->find(address);
        if (row == rows->end()) continue;
        for (const slow::Transfer& one : row->second) {
          if (slow::is_busy(row->second, one, settings)) kinds[address] |= bit(kService);
        }
      }
    }
    const auto direct = [&](Address address, bool paid, Kind kind) {
      const auto& rows = paid ? world.out : world.in;
      const auto row = rows.find(address);
      if (row == rows.end()) return kNone;
      double whole = 0, part = 0;
      for (const slow::Transfer& one : row->second) {
        if (one.amount == kUnpriced) continue;
        whole += static_cast<double>(one.amount);
        const Address other = paid ? one.dest : one.source;
        if ((kinds[other] & bit(kind)) != 0) part += static_cast<double>(one.amount);
      }
      return whole == 0 ? kNone : part / whole;
    };
    const auto check = [&](Address address, bool paid, Kind kind, const std::string& prefix) {
      const auto& rows = paid ? world.out : world.in;
      const auto row = rows.find(address);
      double whole = 0, indirect = 0;
      for (std::size_t i = 0; row != rows.end() && i < row->second.size(); ++i) {
        const slow::Transfer& one = row->second[i];
        if (one.amount == kUnpriced) continue;
        const Address other = paid ? one.dest : one.source;
        whole += static_cast<double>(one.amount);
        const double share = direct(other, paid, kind);
        if ((kinds[other] & kTerminalKinds) != 0 || std::isnan(share)) continue;
        indirect += static_cast<double>(one.amount) * share;
      }
      expect_near(features[prefix + "_usd_share"].numbers[address], direct(address, paid, kind),
                  prefix);
      expect_near(features[prefix + "_indirect_share"].numbers[address],
                  whole == 0 ? kNone : indirect / whole, prefix);
    };
    for (Address address = 0; address < graph.addresses(); address += 1 + how.addresses / 500) {
      check(address, false, kMixer, "in_mixer");
      check(address, true, kExchange, "out_exchange");
      check(address, true, kService, "out_service");
      if (how.seed == 3) continue;
      for (std::size_t hops = 1; hops <= kTaintHops; ++hops) {
        for (const bool paid : {false, true}) {
          const double found =
              features[fmt::format("{}_taint_{}", paid ? "out" : "in", hops)].numbers[address];
          if (std::isnan(found)) continue;
          expect_near(found, taint_of(world, facts, address, paid, hops), "taint");
        }
      }
    }
  }
}

TEST(Taint, EndsWithExchangesAndBelowItsFloor) {
  const Graph graph = graph_of({{"mixer", "a", 500 * kUsd, kStart},
                                {"clean", "a", 500 * kUsd, kStart},
                                {"a", "b", 300 * kUsd, kStart},
                                {"b", "exchange", 200 * kUsd, kStart},
                                {"exchange", "c", 200 * kUsd, kStart},
                                {"mixer", "victim", 1 * kUsd, kStart},
                                {"victim", "d", 50 * kUsd, kStart}});
  Facts facts;
  facts.kinds.assign(graph.addresses(), 0);
  facts.kinds[*graph.find("mixer")] = bit(kMixer);
  facts.kinds[*graph.find("exchange")] = bit(kExchange);
  const auto shares = taint({.graph = graph, .facts = &facts}, false, 3);
  EXPECT_EQ(shares[*graph.find("a")], kWhole / 2);
  EXPECT_EQ(shares[*graph.find("b")], kWhole / 2);
  EXPECT_EQ(shares[*graph.find("exchange")], kWhole / 2);
  EXPECT_EQ(shares[*graph.find("c")], 0);
  EXPECT_EQ(shares[*graph.find("victim")], 0);
  EXPECT_EQ(shares[*graph.find("d")], 0);
}

TEST(MixerRank, IsWhatPowerIterationGives) {
  const Graph graph = graph_of(random_rows({.seed = 2, .addresses = 40, .rows = 600}));
  Facts facts;
  facts.kinds.assign(graph.addresses(), 0);
  facts.kinds[3] = facts.kinds[17] = bit(kMixer);
  const slow::World world(graph);
  for (const bool backwards : {false, true}) {
    const auto rank = mixer_rank({.graph = graph, .facts = &facts}, backwards);
    std::vector<double> walking(graph.addresses(), 0), wanted(graph.addresses(), 0);
    walking[3] = walking[17] = 0.5;
    for (int round = 0; round < 8; ++round) {
      std::vector<double> next(graph.addresses(), 0);
      for (Address address = 0; address < graph.addresses(); ++address) {
        wanted[address] += 0.15 * walking[address];
        const auto& rows = backwards ? world.in : world.out;
        if (!rows.contains(address) || (round > 0 && facts.kinds[address] != 0)) continue;
        double whole = 0;
        for (const auto& one : rows.at(address)) whole += std::max(0.0, double(one.amount));
        for (const auto& one : rows.at(address)) {
          next[backwards ? one.source : one.dest] +=
              0.85 * walking[address] * std::max(0.0, double(one.amount)) / whole;
        }
      }
      walking = next;
    }
    for (Address address = 0; address < graph.addresses(); ++address) {
      EXPECT_NEAR(static_cast<double>(rank[address]) / std::pow(2, 50),
                  wanted[address] + walking[address], 1e-6);
    }
  }
}

TEST(FactFeatures, AnySoManyThreadsGiveTheSame) {
  const Graph graph = graph_of(random_rows({.addresses = 4000, .rows = 20000}));
  const Facts facts = random_facts(graph, 7);
  for (std::size_t set = 0; set < kFactSets; ++set) {
    const FactFeatures once(set, {.graph = graph, .facts = &facts});
    for (const int threads : {2, 7}) {
      const FactFeatures again(set, {.graph = graph, .threads = threads, .facts = &facts});
      for (std::size_t i = 0; i < once.columns().size(); ++i) {
        EXPECT_EQ(once.columns()[i].integers, again.columns()[i].integers);
        // As bytes: bit by bit, and a NaN equals itself.
        EXPECT_TRUE(std::ranges::equal(std::as_bytes(std::span(once.columns()[i].numbers)),
                                       std::as_bytes(std::span(again.columns()[i].numbers))))
            << once.columns()[i].definition->name;
      }
    }
  }
}

TEST(FactFeatures, HaveNamesOfTheirOwn) {
  Facts facts;
  facts.quantities = {{"rank", "how central it is", {}}};
  const FactSets sets(facts);
  std::set<std::string_view> names;
  for (const FeatureSet& set : sets.sets()) {
    for (const Definition& one : set.definitions) {
      EXPECT_TRUE(names.insert(one.name).second) << one.name;
    }
  }
  EXPECT_EQ(sets.sets()[0].definitions.size(), kExposureColumns);
  EXPECT_TRUE(names.contains("neighbor_rank_second_mean"));
}

TEST(FactFeatures, NeedNoFacts) {
  const Graph graph = graph_of({{"p", "q", kUsd, kStart}});
  const Facts facts;
  const FactFeatures features(kExposureSet, {.graph = graph, .facts = &facts});
  EXPECT_EQ(features["in_mixer_usd_share"].numbers[*graph.find("q")], 0);
  const FactFeatures community(kCommunitySet, {.graph = graph, .facts = &facts});
  EXPECT_EQ(community["community_addresses"].integers[0], kMissing);
}

}  // namespace
}  // namespace aml::flows
