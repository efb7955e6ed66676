#include "metrics/bootstrap.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace aml::metrics {
namespace {

TEST(Bootstrap, DrawsAsManyRowsAsThereAre) {
  Resampler resampler(1000, 7);
  for (int i = 0; i < 3; ++i) {
    const auto times = resampler.next();
    EXPECT_EQ(std::accumulate(times.begin(), times.end(), 0U), 1000U);
  }
}

TEST(Bootstrap, RepeatsItselfWithTheSameSeedOnly) {
  const auto draw = [](std::uint64_t seed) {
    Resampler resampler(50, seed);
    const auto times = resampler.next();
    return std::vector<std::uint32_t>(times.begin(), times.end());
  };
  EXPECT_EQ(draw(1), draw(1));
  EXPECT_NE(draw(1), draw(2));
}

TEST(Bootstrap, ScoresAResampleAsIfItsRowsWereWrittenOut) {
  std::vector<double> scores;
  std::vector<int> labels;
  for (int row = 0; row < 40; ++row) {
    scores.push_back(row * 7 % 11 / 11.0);
    labels.push_back(row * 5 % 3 == 0 ? 1 : 0);
  }
  ResampledScores resampled(scores, labels);
  Resampler resampler(scores.size(), 3);
  for (int draw = 0; draw < 20; ++draw) {
    const auto times = resampler.next();
    std::vector<double> drawn_scores;
    std::vector<int> drawn_labels;
    for (std::size_t row = 0; row < times.size(); ++row) {
      drawn_scores.insert(drawn_scores.end(), times[row], scores[row]);
      drawn_labels.insert(drawn_labels.end(), times[row], labels[row]);
    }
    const auto groups = resampled.groups(times);
    EXPECT_EQ(auc_roc(groups), auc_roc(drawn_scores, drawn_labels));
    EXPECT_EQ(auc_pr(groups), auc_pr(drawn_scores, drawn_labels));
    EXPECT_EQ(best_f1(groups).f1, best_f1(drawn_scores, drawn_labels).f1);
    EXPECT_EQ(ndcg(groups, 3), ndcg(drawn_scores, drawn_labels, 3));
  }
}

TEST(Bootstrap, CutsBothEndsOfTheResampledValues) {
  std::vector<double> values(101);
  std::iota(values.begin(), values.end(), 0.0);
  const Interval interval = percentile_interval(values, 0.9);
  EXPECT_DOUBLE_EQ(interval.low, 5);
  EXPECT_DOUBLE_EQ(interval.high, 95);
  EXPECT_TRUE(interval.excludes_zero());
  EXPECT_FALSE((Interval{-1, 1}.excludes_zero()));
}

}  // namespace
}  // namespace aml::metrics
