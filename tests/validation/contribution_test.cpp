#include "validation/contribution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "example.h"
#include "validation/evidence.h"
#include "validation/ground_truth.h"
#include "validation/own_information.h"
#include "validation/reference_stack.h"

namespace aml::validation {
namespace {

using example::logistic;
using example::Noise;

// A day at q, with three answers that know something of their own.
struct Day {
  std::vector<std::string> addresses;
  std::vector<double> log_odds;
  std::vector<std::vector<double>> own{3};
  std::vector<int> labels;

  explicit Day(std::size_t alerts) {
    Noise noise(4);
    for (std::size_t i = 0; i < alerts; ++i) {
      addresses.push_back("address-" + std::to_string(i));
      log_odds.push_back(noise.normal() - 2);
      double odds = log_odds.back();
      for (std::size_t a = 0; a < own.size(); ++a) {
        own[a].push_back(noise.normal());
        odds += 0.3 * static_cast<double>(a + 1) * own[a].back();
      }
      labels.push_back(noise.uniform() < logistic(odds) ? 1 : 0);
    }
  }

  DayContribution at(const std::vector<double>& blend, int threads = 1) const {
    const std::vector<std::span<const double>> views(own.begin(), own.end());
    return contribution_of(log_odds, views, blend, blend, labels, address_codes(addresses),
                           threads);
  }
};

double sum_of(const DayContribution& day) {
  return std::accumulate(day.shares.begin(), day.shares.end(), 0.0,
                         [](double sum, const Share& share) { return sum + share.points; });
}

TEST(Contribution, IsNothingWhereNobodyIsBelieved) {
  const DayContribution day = Day(800).at({0, 0, 0});
  EXPECT_EQ(day.blended_points, day.reference_points);
  EXPECT_EQ(sum_of(day), 0);
}

TEST(Contribution, AddsUpToWhatTheBlendGains) {
  const Day day(2000);
  const DayContribution gained = day.at({0.3, 0.6, 0.9});
  EXPECT_GT(gained.blended_points, gained.reference_points);
  EXPECT_NEAR(sum_of(gained), gained.blended_points - gained.reference_points, 1e-12);
  EXPECT_LT(gained.shares[0].points, gained.shares[1].points);
  EXPECT_LT(gained.shares[1].points, gained.shares[2].points);
  for (const Share& share : gained.shares) {
    EXPECT_GT(share.error, 0);
    EXPECT_GT(share.alone, 0);
  }
}

TEST(Contribution, IsInTheFinalScoresPoints) {
  const Day day(1500);
  const DayContribution gained = day.at({0, 0, 0.9});
  std::vector<double> moved = day.log_odds;
  for (std::size_t i = 0; i < moved.size(); ++i) moved[i] += 0.9 * day.own[2][i];
  EXPECT_DOUBLE_EQ(gained.reference_points, check_ground_truth(day.log_odds, day.labels)->score);
  EXPECT_DOUBLE_EQ(gained.blended_points, check_ground_truth(moved, day.labels)->score);
  EXPECT_NEAR(gained.shares[2].points, gained.shares[2].alone, 1e-12);
  EXPECT_EQ(gained.shares[0].points, 0);
}

TEST(Contribution, IsTheSameForEqualAnswers) {
  Day day(1500);
  day.own[1] = day.own[0];
  const DayContribution gained = day.at({0.2, 0.2, 0.9});
  EXPECT_EQ(gained.shares[0].points, gained.shares[1].points);
}

TEST(Contribution, IsLostByWhoMisleads) {
  Day day(2000);
  for (double& value : day.own[1]) value = -value;
  EXPECT_LT(day.at({0.3, 0.6, 0.9}).shares[1].points, 0);
}

TEST(Contribution, LeavesOutAlertsWithoutTruth) {
  Day day(1500);
  const DayContribution all = day.at({0.3, 0.6, 0.9});
  for (int i = 0; i < 300; ++i) {
    day.addresses.push_back("unknown");
    day.log_odds.push_back(3);
    for (std::vector<double>& own : day.own) own.push_back(1);
    day.labels.push_back(-1);
  }
  const DayContribution with_others = day.at({0.3, 0.6, 0.9});
  EXPECT_EQ(all.blended_points, with_others.blended_points);
  EXPECT_EQ(all.shares[2].points, with_others.shares[2].points);
}

TEST(Contribution, HasTheSameBitsOnAnyNumberOfThreads) {
  const Day day(3000);
  const DayContribution one = day.at({0.3, 0.6, 0.9}, 1);
  const DayContribution five = day.at({0.3, 0.6, 0.9}, 5);
  for (std::size_t a = 0; a < one.shares.size(); ++a) {
    EXPECT_EQ(one.shares[a].points, five.shares[a].points);
    EXPECT_EQ(one.shares[a].error, five.shares[a].error);
    EXPECT_EQ(one.shares[a].alone, five.shares[a].alone);
  }
}

TEST(ContributionWeights, PayNobodyWhoAddsNothing) {
  EXPECT_THAT(contribution_weights(std::vector<double>{0.003, -0.002, 0, 0.001}),
              testing::ElementsAre(testing::DoubleEq(0.75), 0, 0, testing::DoubleEq(0.25)));
  EXPECT_THAT(contribution_weights(std::vector<double>{0, -1}), testing::ElementsAre(0, 0));
}

TEST(ContributionWeights, ForgetSlowly) {
  std::vector<double> days(30, 0.004);
  const double before = smoothed_contribution(days);
  days.push_back(0);
  EXPECT_NEAR(smoothed_contribution(days), before * (1 - kNewestTruthShare), 1e-15);
}

// Two public models of which each knows something: q knows both.
TEST(ReferenceStack, IsBetterThanEachPublicModel) {
  Noise noise(9);
  std::vector<PublicColumns> columns;
  std::vector<std::vector<int>> labels;
  std::vector<std::vector<double>> first;
  for (int d = 0; d < 4; ++d) {
    AlertFacts facts;
    std::vector<double> a;
    std::vector<double> b;
    std::vector<int> filed;
    for (int i = 0; i < 1500; ++i) {
      a.push_back(logistic(noise.normal()));
      b.push_back(logistic(noise.normal()));
      const double odds = example::log_odds(a.back()) + example::log_odds(b.back()) - 2;
      filed.push_back(noise.uniform() < logistic(odds) ? 1 : 0);
      facts.address.push_back("address-" + std::to_string(i));
      facts.severity.emplace_back(i % 3 == 0 ? "high" : "low");
      facts.typology.emplace_back("cycle");
      facts.confidence.push_back(i % 7 == 0 ? std::nan("") : noise.uniform());
    }
    PublicDay day;
    day.models = {a, b};
    day.facts = &facts;
    columns.push_back(public_columns(day));
    labels.push_back(filed);
    first.push_back(a);
  }
  std::vector<TaughtDay> taught;
  for (std::size_t d = 0; d < 3; ++d) taught.push_back({&columns[d], labels[d]});
  const ReferenceStack stack(taught, 1);
  ASSERT_TRUE(stack.is_taught());
  const double points = check_ground_truth(stack.log_odds(columns[3]), labels[3])->score;
  EXPECT_GT(points, check_ground_truth(first[3], labels[3])->score + 0.03);
  EXPECT_FALSE(ReferenceStack({}, 1).is_taught());
}

}  // namespace
}  // namespace aml::validation
