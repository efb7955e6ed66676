#include "validation/ground_truth.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "metrics/ranking.h"

namespace aml::validation {
namespace {

// Scores that fall, and labels of which the first `positives` are 1.
std::optional<GroundTruthCheck> check(std::int64_t alerts, std::int64_t positives) {
  std::vector<double> scores;
  std::vector<int> labels;
  for (std::int64_t i = 0; i < alerts; ++i) {
    scores.push_back(1 / static_cast<double>(i + 1));
    labels.push_back(i < positives ? 1 : 0);
  }
  return check_ground_truth(scores, labels);
}

TEST(GroundTruth, SpeaksWhereBothClassesAndEnoughLabelsAreThere) {
  EXPECT_TRUE(check(kFewestLabels, 1));
  EXPECT_TRUE(check(kFewestLabels, kFewestLabels - 1));
  EXPECT_FALSE(check(kFewestLabels - 1, 1));
  EXPECT_FALSE(check(kFewestLabels, 0));
  EXPECT_FALSE(check(kFewestLabels, kFewestLabels));
}

TEST(GroundTruth, CountsWhatItKnows) {
  const auto found = check(kFewestLabels, 5);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->alerts, kFewestLabels);
  EXPECT_EQ(found->positives, 5);
  EXPECT_EQ(found->auc_roc, 1);
  EXPECT_DOUBLE_EQ(found->auc_pr, 1);
  EXPECT_DOUBLE_EQ(found->score, 0.5);
  EXPECT_EQ(found->best_f1, 1);
  EXPECT_EQ(found->best_f1_threshold, 0.2);
  EXPECT_DOUBLE_EQ(ground_truth_score(0.5, 0.25), 0.2);
}

// Of all ways to call two of six alerts positive, how far the AUC-ROC strays from one half.
TEST(GroundTruth, MeasuresChanceByAllWaysToLabel) {
  const std::vector<double> scores = {6, 5, 4, 3, 2, 1};
  std::vector<int> labels = {0, 0, 0, 0, 1, 1};
  double squares = 0;
  double ways = 0;
  do {
    const double away = metrics::auc_roc(scores, labels) - 0.5;
    squares += away * away;
    ways += 1;
  } while (std::next_permutation(labels.begin(), labels.end()));
  GroundTruthCheck found;
  found.alerts = 6;
  found.positives = 2;
  found.auc_roc = 0.875;
  EXPECT_EQ(ways, 15);
  EXPECT_NEAR(sigmas_above_chance(found), 0.375 / std::sqrt(squares / ways), 1e-12);
}

}  // namespace
}  // namespace aml::validation
