#include "validation/review.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <set>
#include <vector>

namespace aml::validation {
namespace {

TEST(Review, CountsWhatTheHighestHold) {
  const std::vector<double> scores{0.9, 0.8, 0.8, 0.1};
  const std::vector<int> labels{1, 1, 0, 1};
  const std::vector<std::size_t> reviews{1, 2, 3, 9};
  const auto points = review_curve(scores, labels, reviews, {.resamples = 0});
  EXPECT_EQ(points[0].found, 1);
  EXPECT_EQ(points[1].found, 1.5);  // one of two alerts of 0.8
  EXPECT_EQ(points[2].found, 2);
  EXPECT_EQ(points[3].reviews, 4);
  EXPECT_EQ(points[3].recall, 1);
  EXPECT_EQ(points[1].precision, 0.75);
  EXPECT_FALSE(points[0].found_interval);
}

TEST(Review, FindsNothingWhereNothingIs) {
  const std::vector<double> scores{0.9, 0.8};
  const auto points = review_curve(scores, std::vector<int>{0, 0}, std::vector<std::size_t>{0, 2},
                                   {.resamples = 0});
  for (const ReviewPoint& point : points) {
    EXPECT_EQ(point.found, 0);
    EXPECT_EQ(point.recall, 0);
    EXPECT_EQ(point.precision, 0);
  }
}

// Two alerts at a score of which one of two is labelled count twice.
TEST(Review, WeighsAScoreByTheShareOfItsTenth) {
  const std::vector<LabelledTenth> tenths{{.from = 0.8, .to = 0.9, .alerts = 4, .labelled = 4},
                                          {.from = 0.3, .to = 0.5, .alerts = 4, .labelled = 2}};
  // Down the order: +, − at 1; then −, + at 2 each; a tie of two scores within a tenth.
  const auto found = weighted_metrics(std::vector<double>{0.9, 0.8, 0.5, 0.3},
                                      std::vector<int>{1, 0, 0, 1}, tenths);
  ASSERT_TRUE(found);
  // Of 3 · 3 pairs of weights, the first positive is above 1 + 2, and the last above none.
  EXPECT_DOUBLE_EQ(found->auc_roc, 3.0 / 9);
  EXPECT_DOUBLE_EQ(found->auc_pr, (1 * 1.0 + 2 * (3.0 / 6)) / 3);
  const auto tied = weighted_metrics(std::vector<double>{0.8, 0.8, 0.5, 0.5},
                                     std::vector<int>{1, 0, 0, 1}, tenths);
  // Half of the pairs that tie: 1 · 1 above and 2 · 2 below, and 1 · 2 that the first positive
  // wins.
  EXPECT_DOUBLE_EQ(tied->auc_roc, (0.5 + 2 + 2) / 9);
  EXPECT_DOUBLE_EQ(tied->auc_pr, (1 * (1.0 / 2) + 2 * (3.0 / 6)) / 3);
}

TEST(Review, IntervalsHoldTheValueAndComeFromTheSeed) {
  std::mt19937 random(1);
  std::vector<double> scores;
  std::vector<int> labels;
  for (int i = 0; i < 2000; ++i) {
    labels.push_back(random() % 10 == 0 ? 1 : 0);
    scores.push_back(static_cast<double>(random() % 1000) / 2000 + 0.3 * labels.back());
  }
  const std::vector<std::size_t> reviews{200};
  const auto first = review_curve(scores, labels, reviews, {.resamples = 200, .seed = 3});
  const auto again = review_curve(scores, labels, reviews, {.resamples = 200, .seed = 3});
  EXPECT_LT(first[0].found_interval->low, first[0].found);
  EXPECT_GT(first[0].found_interval->high, first[0].found);
  EXPECT_EQ(first[0].found_interval->low, again[0].found_interval->low);
  EXPECT_EQ(first[0].precision_interval->low, first[0].found_interval->low / 200);
}

TEST(Review, StepsAreFewAndHoldTheCapacity) {
  EXPECT_EQ(review_steps(3, 200), (std::vector<std::size_t>{1, 2, 3}));
  const auto steps = review_steps(100'000, 123);
  EXPECT_EQ(steps.size(), kReviewSteps + 1);
  EXPECT_EQ(steps.front(), 123);
  EXPECT_EQ(steps.back(), 100'000);
  EXPECT_TRUE(review_steps(0, 5).size() == 1 && review_steps(0, 5)[0] == 0);
}

TEST(Review, LabelledSharesKeepEqualValuesTogether) {
  const std::vector<double> values{0.5, 0.5, 0.5, 0.9, std::numeric_limits<double>::quiet_NaN()};
  const auto tenths = labelled_tenths(values, {true, false, false, true, true});
  ASSERT_EQ(tenths.size(), 2);
  EXPECT_EQ(tenths[0].from, 0.9);
  EXPECT_EQ(tenths[0].labelled, 1);
  EXPECT_EQ(tenths[1].alerts, 3);
  EXPECT_EQ(tenths[1].labelled, 1);
}

// Labels of which the high scores' are all known and the low ones' one in four: weighted by that,
// the metrics are those of all.
TEST(Review, WeightsUndoUnequalLabelling) {
  std::mt19937 random(5);
  std::vector<double> all_scores;
  std::vector<int> all_labels;
  std::vector<bool> is_labelled;
  std::vector<double> scores;
  std::vector<int> labels;
  for (int i = 0; i < 40'000; ++i) {
    const int label = random() % 5 == 0 ? 1 : 0;
    const double score = static_cast<double>(random() % 10'000) / 20'000 + 0.25 * label;
    all_scores.push_back(score);
    all_labels.push_back(label);
    is_labelled.push_back(score > 0.4 || random() % 4 == 0);
    if (!is_labelled.back()) continue;
    scores.push_back(score);
    labels.push_back(label);
  }
  const auto tenths = labelled_tenths(all_scores, is_labelled);
  const auto weighted = weighted_metrics(scores, labels, tenths);
  const auto whole = evaluate(all_scores, all_labels, {.resamples = 0});
  const auto raw = evaluate(scores, labels, {.resamples = 0});
  const double truth = *whole.measure("auc_roc").value;
  EXPECT_NEAR(weighted->auc_roc, truth, 0.005);
  EXPECT_GT(*raw.measure("auc_pr").value, *whole.measure("auc_pr").value + 0.03);
  EXPECT_NEAR(weighted->auc_pr, *whole.measure("auc_pr").value, 0.01);
  EXPECT_FALSE(weighted_metrics(scores, std::vector<int>(labels.size()), tenths));
}

TEST(Review, TheSampleEstimatesWhatLiesBelowTheLine) {
  std::mt19937 random(7);
  std::vector<double> scores;
  std::vector<int> labels;
  for (int i = 0; i < 10'000; ++i) {
    scores.push_back(static_cast<double>(random() % 1'000'000) / 1e6);
    labels.push_back(static_cast<double>(random() % 1000) < 200 * scores.back() ? 1 : 0);
  }
  double mean = 0;
  constexpr int kDraws = 200;
  for (int seed = 0; seed < kDraws; ++seed) {
    const auto sample = below_the_line(scores, 500, 300, static_cast<std::uint64_t>(seed));
    ASSERT_EQ(sample.size(), 300);
    double weights = 0;
    for (const SampledAlert& alert : sample) {
      weights += alert.weight;
      mean += alert.weight * labels[alert.row] / kDraws;
    }
    EXPECT_NEAR(weights, 9500, 1e-6);
  }
  std::vector<double> sorted = scores;
  std::sort(sorted.rbegin(), sorted.rend());
  double below = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) below += scores[i] < sorted[499] ? labels[i] : 0;
  EXPECT_NEAR(mean / below, 1, 0.03);
  EXPECT_EQ(below_the_line(scores, 9'999, 300, 1).size(), 1);
  EXPECT_TRUE(below_the_line(scores, 20'000, 300, 1).empty());
}

TEST(Review, TheSampleIsOfAllThatLiesBelowTheLineHoweverFewAreDrawn) {
  for (std::size_t alerts = 1; alerts <= 45; ++alerts) {
    std::vector<double> scores;
    for (std::size_t i = 0; i < alerts; ++i) scores.push_back(1 / static_cast<double>(i + 1));
    for (std::size_t size = 1; size <= 50; ++size) {
      const auto sample = below_the_line(scores, 0, size, 3);
      EXPECT_EQ(sample.size(), std::min(size, alerts)) << alerts << " " << size;
      double weights = 0;
      std::set<std::size_t> strata;
      std::set<std::size_t> rows;
      for (const SampledAlert& alert : sample) {
        weights += alert.weight;
        strata.insert(alert.stratum);
        rows.insert(alert.row);
      }
      EXPECT_NEAR(weights, static_cast<double>(alerts), 1e-9) << alerts << " " << size;
      EXPECT_EQ(strata.size(), std::min({size, alerts, std::size_t{10}}));
      EXPECT_EQ(rows.size(), sample.size());
    }
  }
}

}  // namespace
}  // namespace aml::validation
