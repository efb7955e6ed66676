#include "models/calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "models/reliability.h"

namespace aml::models {
namespace {

struct Sample {
  std::vector<double> raw;
  std::vector<int> labels;
};

// Labels that are true with the probability that slope and intercept make of a raw score.
Sample sample(double slope, double intercept, int rows = 20000) {
  std::mt19937_64 random(7);
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  Sample sample;
  for (int i = 0; i < rows; ++i) {
    sample.raw.push_back(-6 + 8 * uniform());
    const double z = slope * sample.raw.back() + intercept;
    sample.labels.push_back(uniform() < 1 / (1 + std::exp(-z)) ? 1 : 0);
  }
  return sample;
}

TEST(Calibration, FindsWhatMadeTheLabels) {
  const Sample rows = sample(0.7, -0.5);
  const Calibration found = fit_calibration(rows.raw, rows.labels);
  EXPECT_NEAR(found.slope, 0.7, 0.05);
  EXPECT_NEAR(found.intercept, -0.5, 0.1);
}

TEST(Calibration, KeepsTheOrderOfScoresThatSayTheContrary) {
  Sample rows = sample(0.7, -0.5);
  for (double& raw : rows.raw) raw = -raw;
  const Calibration found = fit_calibration(rows.raw, rows.labels);
  EXPECT_EQ(found.slope, kLeastSlope);
  EXPECT_LT(found.probability(-3), found.probability(3));
}

TEST(Calibration, StaysFiniteWhereScoresSeparateTheLabels) {
  for (const std::vector<int>& labels : {std::vector{0, 0, 1, 1}, {0, 0, 0, 0}, {1, 1, 1, 1}}) {
    const Calibration found = fit_calibration(std::vector<double>{-2, -1, 1, 2}, labels);
    EXPECT_TRUE(std::isfinite(found.slope) && std::isfinite(found.intercept));
    EXPECT_GT(found.slope, 0);
  }
}

TEST(Calibration, AModelOfMoreRowsIsGivenASteeperSlope) {
  // As the prior has it where one day says nothing of how slopes grow.
  const DaySlope half{.slope = 0.8, .information = 1000, .learned_share = 0.5};
  EXPECT_NEAR(slope_of_all_rows(std::vector{half}), 0.8 * std::pow(2, kSlopeGrowth), 1e-12);
  // As the days have it where they are sure.
  std::vector<DaySlope> days;
  for (const double share : {1.0 / 3, 2.0 / 3}) {
    days.push_back(
        {.slope = 0.9 * std::pow(share, 0.4), .information = 1e6, .learned_share = share});
  }
  EXPECT_NEAR(slope_of_all_rows(days), 0.9, 0.001);
  // And what is learned from as much says all by itself.
  days.push_back({.slope = 1.1, .information = 1e9, .learned_share = 1});
  EXPECT_NEAR(slope_of_all_rows(days), 1.1, 0.001);
}

TEST(Calibration, ScoresThatSayNothingAreNotMadeSteep) {
  const std::vector<DaySlope> days{{.slope = kLeastSlope, .information = 10, .learned_share = 0.1},
                                   {.slope = kLeastSlope, .information = 10, .learned_share = 0.2}};
  EXPECT_GE(slope_of_all_rows(days), kLeastSlope);
  EXPECT_LT(slope_of_all_rows(days), 2 * kLeastSlope);
}

TEST(Calibration, KnowsHowSureASlopeIs) {
  const Sample few = sample(0.7, -0.5, 1000);
  const Sample many = sample(0.7, -0.5, 16000);
  const auto deviation = [](const Sample& rows) {
    const Calibration found = fit_calibration(rows.raw, rows.labels);
    return 1 / std::sqrt(slope_information(found, rows.raw, rows.labels));
  };
  EXPECT_NEAR(deviation(few) / deviation(many), 4, 0.5);
  EXPECT_NEAR(deviation(many), 0.7 / 40, 0.7 / 80);
}

TEST(Calibration, TakesABaseRate) {
  const Sample rows = sample(0.7, -0.5);
  for (const double base_rate : {0.001, 0.3, 0.999}) {
    const Calibration found = anchored({0.7, 0}, rows.raw, base_rate);
    double sum = 0;
    for (const double raw : rows.raw) sum += found.probability(raw);
    EXPECT_NEAR(sum / static_cast<double>(rows.raw.size()), base_rate, 1e-9);
    EXPECT_EQ(found.slope, 0.7);
  }
}

TEST(PublishedScale, KeepsTheOrderAndIsNeverBelowTheLeastMedian) {
  PublishedScale scale;
  EXPECT_EQ(scale.score(0), 0.5) << "without a calibration the score is 1 / (1 + e^-raw)";
  EXPECT_FALSE(scale.probability(0));
  scale.calibration = Calibration{0.5, -3};
  double last = 0.1;
  for (double raw = -40; raw <= 40; raw += 0.5) {
    EXPECT_GT(scale.score(raw), last);
    EXPECT_EQ(scale.score(raw), 0.12 + 0.86 * *scale.probability(raw));
    last = scale.score(raw);
  }
  EXPECT_LT(last, 1);
}

// statsmodels.stats.proportion.proportion_confint(27, 100, method="wilson")
TEST(Share, HasWilsonsInterval) {
  std::vector<int> labels(100, 0);
  std::fill_n(labels.begin(), 27, 1);
  const Share share = share_of(labels, {});
  EXPECT_EQ(share.value(), 0.27);
  EXPECT_NEAR(share.low, 0.19269584, 1e-8);
  EXPECT_NEAR(share.high, 0.36432117, 1e-8);
}

TEST(Share, IsLessSureOfRowsThatBelongTogether) {
  std::vector<int> labels;
  std::vector<std::uint32_t> groups;
  for (std::uint32_t i = 0; i < 400; ++i) {
    labels.push_back(i / 10 % 4 == 0 ? 1 : 0);  // ten alike rows of each of forty addresses
    groups.push_back(i / 10);
  }
  const Share alone = share_of(labels, {});
  const Share together = share_of(labels, groups);
  EXPECT_EQ(alone.value(), together.value());
  EXPECT_GT(together.high - together.low, 2.5 * (alone.high - alone.low));
}

JudgedRows judged(double slope) {
  const Sample rows = sample(1, -1);
  JudgedRows all;
  for (std::size_t i = 0; i < rows.raw.size(); ++i) {
    all.probabilities.push_back(1 / (1 + std::exp(-(slope * rows.raw[i] - 1))));
    all.groups.push_back(static_cast<std::uint32_t>(i));
  }
  all.labels = rows.labels;
  return all;
}

TEST(Reliability, IsRightOfTrueProbabilitiesAndWrongOfExaggeratedOnes) {
  const Reliability right = judge_reliability(judged(1));
  EXPECT_NEAR(right.expected_per_observed, 1, 0.05);
  EXPECT_NEAR(right.slope, 1, 0.05);
  EXPECT_GT(right.brier_skill, 0.1);
  ASSERT_EQ(right.tenths.size(), 10U);
  ASSERT_EQ(right.top.size(), 3U);
  for (const ReliabilityBin& bin : right.top) {
    EXPECT_GE(bin.predicted, bin.observed.low);
    EXPECT_LE(bin.predicted, bin.observed.high);
  }
  const Reliability wrong = judge_reliability(judged(2));
  EXPECT_LT(wrong.slope, 0.8);
}

TEST(Reliability, HasWordsOnlyFromFiftyRowsOn) {
  JudgedRows rows = judged(1);
  std::size_t counted = 0;
  double last = 2;
  for (const ReliabilityBin& bin : like_rows(rows)) {
    EXPECT_GE(bin.observed.rows, kLeastLike);
    EXPECT_LE(bin.to, last);
    last = bin.from;
    counted += bin.observed.rows;
  }
  EXPECT_EQ(counted, rows.labels.size());
  rows.labels.resize(49);
  rows.probabilities.resize(49);
  rows.groups.resize(49);
  EXPECT_TRUE(like_rows(rows).empty());
}

}  // namespace
}  // namespace aml::models
