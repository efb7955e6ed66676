#include "validation/evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "example.h"
#include "validation/least_squares.h"
#include "validation/own_information.h"

namespace aml::validation {
namespace {

using example::Noise;

// A day of `alerts` at even odds, and what is known of them: `skill` of the truth.
struct Known {
  std::vector<std::string> addresses;
  std::vector<double> log_odds;
  std::vector<int> labels;
  std::vector<double> own;
};

Known known_day(std::uint64_t seed, std::size_t alerts, double skill, std::size_t per_address = 1) {
  Noise noise(seed);
  Known day;
  double keyed = 0;
  double truth = 0;
  for (std::size_t i = 0; i < alerts; ++i) {
    if (i % per_address == 0) {
      keyed = noise.normal();
      truth = noise.uniform();
    }
    day.addresses.push_back("address-" + std::to_string(i / per_address));
    day.log_odds.push_back(0);
    day.labels.push_back(truth < 0.5 + skill * keyed ? 1 : 0);
    day.own.push_back(keyed);
  }
  return day;
}

DayEvidence evidence(const Known& day, const std::string& identity, std::size_t copies = 1) {
  std::vector<std::string> identities;
  for (std::size_t i = 0; i < copies; ++i) {
    identities.push_back(identity + (i > 0 ? std::to_string(i) : ""));
  }
  const std::vector<std::span<const double>> own(copies, day.own);
  return evidence_of(identities, own, day.log_odds, day.labels, address_codes(day.addresses), 1);
}

std::vector<Trust> trusted_after(const std::vector<DayEvidence>& days,
                                 const std::vector<std::string>& identities,
                                 std::size_t hotkeys = 1) {
  std::vector<const DayEvidence*> earlier;
  for (const DayEvidence& day : days) earlier.push_back(&day);
  return trusted(identities, earlier, hotkeys);
}

TEST(Trust, GrowsWithTheNumberOfHotkeys) {
  EXPECT_DOUBLE_EQ(needed_sigmas(1), 3);
  EXPECT_GT(needed_sigmas(64), std::sqrt(2 * std::log(64.0)));
  EXPECT_GT(needed_sigmas(256), needed_sigmas(64));
}

// 3² and twice the logarithm of their number: e⁸ would need five.
TEST(Trust, NeedsNineAndTwiceTheLogarithmOfHotkeys) {
  EXPECT_EQ(needed_sigmas(0), 3);
  EXPECT_NEAR(needed_sigmas(2981), 5, 1e-5);
}

// One alert for each cluster, of an answer whose values and odds are chosen: what is added up is
// short enough to be written down.
TEST(Trust, BlendsByGainOverSpreadAndFive) {
  DayEvidence day;
  day.identities = {"a", "b"};
  day.gain = {60, 80};
  day.spread = {100, 20, 20, 95};
  day.clusters.assign(2 * kClusters, 0);
  day.clusters[0] = 6;
  day.clusters[1] = 8;  // a: √(36 + 64) = 10
  day.clusters[kClusters + 2] = 16;
  const auto trust = trusted_after({day}, {"a", "b"});
  EXPECT_DOUBLE_EQ(trust[0].error, 10);
  EXPECT_DOUBLE_EQ(trust[1].error, 16);
  EXPECT_DOUBLE_EQ(trust[0].sigmas, 6);
  EXPECT_DOUBLE_EQ(trust[1].sigmas, 5);
  EXPECT_DOUBLE_EQ(trust[0].trust, 1 - 9.0 / 36);
  EXPECT_DOUBLE_EQ(trust[1].trust, 1 - 9.0 / 25);
  EXPECT_DOUBLE_EQ(trust[0].alone, 0.75 * 60 / 105);
  EXPECT_DOUBLE_EQ(trust[1].alone, 0.64 * 80 / 100);
  // 105 x + 20 y = 60 and 20 x + 100 y = 80, by Cramer's rule.
  constexpr double kDeterminant = 105 * 100 - 20 * 20;
  EXPECT_NEAR(trust[0].blend, 0.75 * (60 * 100 - 20 * 80) / kDeterminant, 1e-9);
  EXPECT_NEAR(trust[1].blend, 0.64 * (105 * 80 - 20 * 60) / kDeterminant, 1e-9);
}

TEST(Trust, CountsTheTruthsThatSaidSomethingOfAnAnswer) {
  DayEvidence day;
  day.identities = {"a", "b", "c"};
  day.gain = {1, 1, 0};
  day.spread = {4, 0, 0, 0, 4, 0, 0, 0, 0};
  day.clusters.assign(3 * kClusters, 0);
  const auto trust = trusted_after({day, day}, {"c", "b", "a"});
  EXPECT_EQ(trust[0].truths, 0);
  EXPECT_EQ(trust[1].truths, 2);
  EXPECT_EQ(trust[2].truths, 2);
}

// b of an answer by evidence_of, for alerts of odds 3 : 1 (p = 3/4).
TEST(Evidence, AddsUpWhatIsKnownBeyondTheOdds) {
  const double odds = std::log(3);
  const std::vector<double> own{1, -2, 4, 8};
  const std::vector<double> log_odds(4, odds);
  const std::vector<int> labels{1, 0, 1, -1};
  const std::vector<std::uint64_t> codes{7, 7 + kClusters, 9, 9};
  const std::vector<std::span<const double>> all{own};
  const DayEvidence day =
      evidence_of(std::vector<std::string>{"a"}, all, log_odds, labels, codes, 1);
  EXPECT_DOUBLE_EQ(day.gain[0], 1 * 0.25 + -2 * -0.75 + 4 * 0.25);
  EXPECT_DOUBLE_EQ(day.clusters[7], 1.75);
  EXPECT_DOUBLE_EQ(day.clusters[9], 1);
  EXPECT_NEAR(day.spread[0], (1 + 4 + 16) * 3.0 / 16, 1e-5);
}

TEST(Trust, IsZeroBeforeTheFirstTruth) {
  const auto trust = trusted_after({}, {"a"});
  EXPECT_EQ(trust[0].trust, 0);
  EXPECT_EQ(trust[0].blend, 0);
}

TEST(Trust, IsEarnedByOneDayThatIsPlainEnough) {
  const auto trust = trusted_after({evidence(known_day(1, 2000, 0.2), "a")}, {"a"});
  EXPECT_GT(trust[0].sigmas, 5);
  EXPECT_GT(trust[0].trust, 0.6);
  EXPECT_GT(trust[0].blend, 0);
}

TEST(Trust, StartsAnewWithARegistration) {
  const auto trust = trusted_after({evidence(known_day(1, 2000, 0.2), "a@5")}, {"a@9"});
  EXPECT_EQ(trust[0].truths, 0);
  EXPECT_EQ(trust[0].blend, 0);
}

TEST(Trust, IsSharedByEqualAnswers) {
  const Known day = known_day(1, 2000, 0.2);
  const auto one = trusted_after({evidence(day, "a")}, {"a"});
  const auto three = trusted_after({evidence(day, "a", 3)}, {"a", "a1", "a2"});
  EXPECT_NEAR(three[0].blend + three[1].blend + three[2].blend, one[0].blend, 0.01);
  EXPECT_NEAR(three[0].blend, three[2].blend, 1e-6);
}

// Noise and truth of an address stay the same on twenty days: one draw, and not twenty.
TEST(Trust, CountsAnAddressOnceOverAllDays) {
  int wrong = 0;
  double squares = 0;
  constexpr int kWorlds = 200;
  for (int world = 0; world < kWorlds; ++world) {
    const Known day = known_day(static_cast<std::uint64_t>(world) + 10, 600, 0, 2);
    const std::vector<DayEvidence> days(20, evidence(day, "a"));
    const auto trust = trusted_after(days, {"a"}, 1);
    squares += trust[0].sigmas * trust[0].sigmas / kWorlds;
    wrong += trust[0].trust > 0 ? 1 : 0;
  }
  EXPECT_NEAR(squares, 1, 0.3);
  EXPECT_LE(wrong, 2);
}

// Points against alerts of which next to none is filed: nothing is filed for days, every day looks
// like a success, and the spread between clusters like certainty.
TEST(Trust, IsNotEarnedWhereNothingEverHappens) {
  Known day = known_day(1, 100, 0);
  for (std::size_t i = 0; i < day.own.size(); ++i) {
    day.log_odds[i] = -5;
    day.labels[i] = 0;
    day.own[i] = -3;
  }
  const auto trust = trusted_after({evidence(day, "a")}, {"a"});
  EXPECT_GT(trust[0].gain, 0);
  EXPECT_EQ(trust[0].trust, 0);
}

TEST(LeastSquares, SolvesAndPassesOverWhatIsTwice) {
  // Columns 0 and 2 are the same.
  const Cholesky gram({4, 1, 4, 1, 3, 1, 4, 1, 4}, 3);
  const std::vector<double> x = gram.solve(std::vector<double>{9, 5, 9});
  EXPECT_NEAR(4 * (x[0] + x[2]) + x[1], 9, 1e-12);
  EXPECT_NEAR((x[0] + x[2]) + 3 * x[1], 5, 1e-12);
}

TEST(LeastSquares, FindsTheHighestPointThatIsNotNegative) {
  const std::vector<double> spread{2, 1, 1, 2};
  EXPECT_THAT(nonnegative_maximum(std::vector<double>{3, 3}, spread),
              testing::ElementsAre(testing::DoubleNear(1, 1e-8), testing::DoubleNear(1, 1e-8)));
  EXPECT_THAT(nonnegative_maximum(std::vector<double>{4, 1}, spread),
              testing::ElementsAre(testing::DoubleNear(2, 1e-8), 0));
}

}  // namespace
}  // namespace aml::validation
