#include "simulation/own_features.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace aml::simulation {
namespace {

constexpr std::int64_t kMonday = 1'760'918'400'000;  // 2025-10-20T00:00Z
constexpr Window kWeek{kMonday, kMonday + 7 * kMsPerDay};
constexpr AddressId kAddresses = 5;
constexpr std::size_t kAssets = 2;

Flow flow(AddressId source, AddressId dest, double usd, int day, int hour, int minute = 0,
          std::uint8_t asset = 0) {
  return {kMonday + day * kMsPerDay + hour * kMsPerHour + minute * kMsPerMinute,
          std::llround(usd * kMicrosPerUsd), source, dest, asset};
}

// Address 0 gets 100 and 300 from 1, 50 from 2, and pays 950 to 3 and 200 to 1.
Ledger example() {
  return Ledger({flow(0, 3, 950, 5, 23, 0, 1), flow(1, 0, 100, 0, 9), flow(2, 0, 50, 0, 9, 30),
                 flow(1, 0, 300, 2, 9), flow(0, 1, 200, 2, 10)},
                kAddresses);
}

TEST(AmountFeatures, AreExactMoney) {
  const AmountFeatures amounts = amount_features(example(), 0);
  EXPECT_EQ(amounts.total_in, 450 * kMicrosPerUsd);
  EXPECT_EQ(amounts.total_out, 1'150 * kMicrosPerUsd);
  const Int128 dollar = 1'000'000'000'000'000'000;
  EXPECT_TRUE(amounts.mean_in_attos == 150 * dollar);
  EXPECT_TRUE(amounts.median_in_attos == 100 * dollar);
  EXPECT_TRUE(amounts.mean_out_attos == 575 * dollar);
  EXPECT_TRUE(amounts.median_out_attos == 575 * dollar);
  EXPECT_EQ(amounts.largest, 950 * kMicrosPerUsd);
  EXPECT_EQ(amounts.smallest, 50 * kMicrosPerUsd);
}

TEST(AmountFeatures, DescribeTheirSpread) {
  const AmountFeatures amounts = amount_features(example(), 0);
  // 50 100 200 300 950: mean 320, squared distances 72900 48400 14400 400 396900.
  EXPECT_DOUBLE_EQ(amounts.variance, 533'000.0 / 4);
  EXPECT_DOUBLE_EQ(amounts.coefficient_of_variation, std::sqrt(533'000.0 / 4) / 320);
  EXPECT_DOUBLE_EQ(amounts.gini, 2.0 * (50 + 200 + 600 + 1'200 + 4'750) / (5 * 1'600) - 6.0 / 5);
  EXPECT_DOUBLE_EQ(amounts.small_share, 0.2);  // 50; 100 is not below 100
  EXPECT_DOUBLE_EQ(amounts.structuring, 0.2);  // 950 is just below 1000
  EXPECT_EQ(amounts.outliers, 0U);
}

TEST(TimeFeatures, CountHoursAndDays) {
  const TimeFeatures times = time_features(example(), kWeek, 0);
  EXPECT_EQ(times.hours[9], 3);
  EXPECT_EQ(times.hours[10], 1);
  EXPECT_EQ(times.hours[23], 1);
  EXPECT_EQ(times.peak_hour, 9);
  EXPECT_EQ(times.weekdays[0], 2);
  EXPECT_EQ(times.weekdays[2], 2);
  EXPECT_EQ(times.weekdays[5], 1);
  EXPECT_EQ(times.peak_weekday, 0);
  EXPECT_EQ(times.active_days, 3U);
  EXPECT_EQ(times.span_days, 6U);
  EXPECT_DOUBLE_EQ(times.weekend_share, 0.2);
  EXPECT_DOUBLE_EQ(times.night_share, 0.2);
  EXPECT_DOUBLE_EQ(times.burst_factor, 2.0 / (5.0 / 7));
  EXPECT_NEAR(times.hour_entropy, 0.6 * std::log2(5.0 / 3) + 0.4 * std::log2(5), 1e-12);
  EXPECT_NEAR(times.weekday_entropy, 0.8 * std::log2(2.5) + 0.2 * std::log2(5), 1e-12);
}

TEST(TimeFeatures, KnowSteadinessFromBursts) {
  std::vector<Flow> steady;
  std::vector<Flow> bursts;
  for (int day = 0; day < 7; ++day) {
    steady.push_back(flow(0, 1, 10, day, 12));
    bursts.push_back(flow(0, 1, 10, day < 6 ? 0 : 6, 12, day));
  }
  const TimeFeatures even = time_features(Ledger(steady, kAddresses), kWeek, 0);
  EXPECT_DOUBLE_EQ(even.regularity, 1);
  EXPECT_DOUBLE_EQ(even.burstiness, 0);
  EXPECT_DOUBLE_EQ(even.consistency, 1);
  const TimeFeatures uneven = time_features(Ledger(bursts, kAddresses), kWeek, 0);
  EXPECT_LT(uneven.regularity, 0.4);
  EXPECT_GT(uneven.burstiness, 0.6);
  EXPECT_DOUBLE_EQ(uneven.burst_factor, 6);
}

TEST(PartyFeatures, TellWhoDealsWithWhom) {
  const PartyFeatures parties = party_features(example(), kAssets, 0);
  EXPECT_EQ(parties.senders, 2U);
  EXPECT_EQ(parties.receivers, 2U);
  EXPECT_EQ(parties.parties, 3U);
  EXPECT_DOUBLE_EQ(parties.reciprocity, 1.0 / 3);  // address 1 both pays and is paid
  EXPECT_DOUBLE_EQ(parties.stability, 1.0 / 3);    // and is met on two days
  // 600 with 1, 50 with 2, 950 with 3.
  EXPECT_NEAR(parties.concentration, (600.0 * 600 + 50 * 50 + 950 * 950) / (1'600.0 * 1'600),
              1e-12);
  EXPECT_NEAR(parties.gini, 2.0 * (50 + 1'200 + 2'850) / (3 * 1'600) - 4.0 / 3, 1e-12);
  const auto bits = [](double share) { return -share * std::log2(share); };
  EXPECT_NEAR(parties.flow_entropy, bits(600 / 1600.0) + bits(50 / 1600.0) + bits(950 / 1600.0),
              1e-12);
  EXPECT_NEAR(parties.reciprocal_entropy, bits(600 / 1600.0) + bits(1'000 / 1600.0), 1e-12);
}

TEST(PartyFeatures, TellAssetsApart) {
  const PartyFeatures parties = party_features(example(), kAssets, 0);
  EXPECT_EQ(parties.assets_in, 1U);
  EXPECT_EQ(parties.assets_out, 2U);
  EXPECT_EQ(parties.main_asset_in, 0);
  EXPECT_EQ(parties.main_asset_out, 1);
  // 650 in one, 950 in the other.
  EXPECT_NEAR(parties.asset_diversity, 1 - (650.0 * 650 + 950 * 950) / (1'600.0 * 1'600), 1e-12);
}

TEST(OwnFeatures, AreZeroWithoutFlows) {
  const Ledger ledger = example();
  EXPECT_EQ(amount_features(ledger, 4).largest, 0);
  EXPECT_EQ(time_features(ledger, kWeek, 4).active_days, 0U);
  EXPECT_EQ(party_features(ledger, kAssets, 4).parties, 0U);
}

}  // namespace
}  // namespace aml::simulation
