#include "validation/ensemble.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <span>
#include <vector>

namespace aml::validation {
namespace {

TEST(Ensemble, WeighsMinersByTheSquareOfTheirQuality) {
  const auto weights = normalized_weights(std::vector<double>{0.9, 0.3, 0});
  EXPECT_DOUBLE_EQ(weights[0], 0.9);
  EXPECT_DOUBLE_EQ(weights[1], 0.1);
  EXPECT_EQ(weights[2], 0);
  EXPECT_EQ(normalized_weights(std::vector<double>{0, 0}), (std::vector<double>{0, 0}));
}

TEST(Ensemble, PaysTheStockModelOnceHoweverManyPublishIt) {
  const std::vector<double> quality{0.6, 0.5, 0.6, 0.4};
  const auto weights = normalized_weights(quality, std::vector<int>{-1, 0, 0, 0});
  EXPECT_DOUBLE_EQ(weights[0], 0.5);
  EXPECT_DOUBLE_EQ(weights[1] + weights[2] + weights[3], 0.5);
}

TEST(Ensemble, SmoothsQualityOverDays) {
  EXPECT_EQ(smoothed_quality({}), 0);
  EXPECT_DOUBLE_EQ(smoothed_quality(std::vector<double>{1}), 0.2);
  const double good = smoothed_quality(std::vector<double>(30, 0.8));
  std::vector<double> bad_day(30, 0.8);
  bad_day.push_back(0);
  EXPECT_NEAR(smoothed_quality(bad_day), good * 0.8, 1e-12);
}

TEST(Ensemble, CombinesWhoScoredTheAlert) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> first{0.2, 0.4, none};
  const std::vector<double> second{0.8, none, none};
  const std::vector<double> third{0.9, 0.5, 0.7};
  const std::vector<std::span<const double>> all{first, second, third};
  const auto scores = combine(all, std::vector<double>{1, 3, 0}, 1);
  EXPECT_DOUBLE_EQ(scores[0].mean, 0.65);
  EXPECT_EQ(scores[0].median, 0.8);
  EXPECT_NEAR(scores[0].variance, 0.25 * 0.45 * 0.45 + 0.75 * 0.15 * 0.15, 1e-15);
  EXPECT_EQ(scores[0].submissions, 2);
  EXPECT_EQ(scores[1].mean, 0.4);
  EXPECT_TRUE(std::isnan(scores[2].mean));
}

TEST(Ensemble, MedianWithstandsALoudMinority) {
  const std::vector<double> honest{0.1};
  const std::vector<double> loud{1.0};
  const std::vector<std::span<const double>> all{honest, honest, honest, loud, loud};
  const auto scores = combine(all, std::vector<double>(5, 0.2), 1);
  EXPECT_EQ(scores[0].median, 0.1);
  EXPECT_GT(scores[0].mean, 0.4);
}

// The least scores stand at both ends, so that every split by the middle one of three takes two
// away.
TEST(Ensemble, TakesTheMedianOfVotesThatAreMadeToSplitBadly) {
  constexpr std::size_t kMiners = 400;
  std::vector<std::vector<double>> scores;
  for (std::size_t m = 0; m < kMiners; ++m) {
    const std::size_t rank = m < kMiners / 2 ? 2 * m : 2 * (kMiners - m) - 1;
    scores.push_back({static_cast<double>(rank)});
  }
  const std::vector<std::span<const double>> all(scores.begin(), scores.end());
  std::vector<double> weights(kMiners, 1.0);
  EXPECT_EQ(combine(all, weights, 1)[0].median, 199) << "200 of 400 weigh half";
  weights[100] = 2;  // rank 200
  EXPECT_EQ(combine(all, weights, 1)[0].median, 200) << "200 of 401 are less than half";
  weights[199] = 1000;
  EXPECT_EQ(combine(all, weights, 1)[0].median, 398);
  weights[200] = 3000;
  EXPECT_EQ(combine(all, weights, 1)[0].median, 399) << "the last of all";
}

TEST(Ensemble, TakesTheLeastScoreWithHalfOfTheWeightForTheMedian) {
  std::mt19937_64 random(3);
  for (const std::size_t miners : {1, 2, 3, 7, 40, 300}) {
    // Whole weights add up exactly; few different scores make ties, rising ones a bad split.
    constexpr std::size_t kAlerts = 50;
    std::vector<double> weights;
    std::vector<std::vector<double>> scores(miners, std::vector<double>(kAlerts));
    for (std::size_t m = 0; m < miners; ++m) {
      weights.push_back(static_cast<double>(random() % 4));
      for (std::size_t i = 0; i < kAlerts; ++i) {
        const std::uint64_t draw = i % 3 == 0 ? random() : i % 3 == 1 ? random() % 5 : m * m;
        scores[m][i] = static_cast<double>(draw);
      }
    }
    weights[0] = 1;
    const std::vector<std::span<const double>> submissions(scores.begin(), scores.end());
    const auto combined = combine(submissions, weights, 1);
    const double all = std::accumulate(weights.begin(), weights.end(), 0.0);
    for (std::size_t i = 0; i < kAlerts; ++i) {
      std::map<double, double> weight_of;
      for (std::size_t m = 0; m < miners; ++m) {
        if (weights[m] > 0) weight_of[scores[m][i]] += weights[m];
      }
      double below = 0;
      const auto median = std::find_if(weight_of.begin(), weight_of.end(), [&](const auto& vote) {
        below += vote.second;
        return 2 * below >= all;
      });
      EXPECT_EQ(combined[i].median, median->first) << miners << " miners, alert " << i;
    }
  }
}

}  // namespace
}  // namespace aml::validation
