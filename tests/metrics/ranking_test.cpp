#include "metrics/ranking.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "metrics/distribution.h"

namespace aml::metrics {
namespace {

TEST(Ranking, EqualsScikitLearnOnRandomScoresWithTies) {
  std::ifstream file(std::string(AML_SOURCE_DIR) + "/tests/metrics/ranking_golden.json");
  const nlohmann::json cases = nlohmann::json::parse(file);
  ASSERT_EQ(cases.size(), 40U);
  for (const nlohmann::json& golden : cases) {
    const auto scores = golden.at("scores").get<std::vector<double>>();
    const auto labels = golden.at("labels").get<std::vector<int>>();
    EXPECT_NEAR(auc_roc(scores, labels), golden.at("auc_roc").get<double>(), 1e-12);
    EXPECT_NEAR(auc_pr(scores, labels), golden.at("auc_pr").get<double>(), 1e-12);
    EXPECT_NEAR(ndcg(scores, labels), golden.at("ndcg").get<double>(), 1e-12);
    EXPECT_NEAR(ndcg(scores, labels, 5), golden.at("ndcg_at_5").get<double>(), 1e-12);
    const BestF1 best = best_f1(scores, labels);
    EXPECT_NEAR(best.f1, golden.at("f1").get<double>(), 1e-12);
    EXPECT_EQ(best.threshold, golden.at("f1_threshold").get<double>());
    EXPECT_NEAR(brier(scores, labels), golden.at("brier").get<double>(), 1e-12);
    EXPECT_NEAR(median(scores), golden.at("median").get<double>(), 1e-12);
    EXPECT_NEAR(variance(scores), golden.at("variance").get<double>(), 1e-12);
  }
}

TEST(Ranking, CountsTiesHalfInTheAreaUnderTheRocCurve) {
  EXPECT_EQ(auc_roc(std::vector<double>{0.5, 0.5, 0.5, 0.5}, std::vector<int>{1, 0, 0, 1}), 0.5);
  EXPECT_EQ(auc_roc(std::vector<double>{0.9, 0.5, 0.5}, std::vector<int>{1, 1, 0}), 0.75);
}

TEST(Ranking, DoesNotDependOnTheOrderOfTheRows) {
  const std::vector<double> scores{0.1, 0.7, 0.7, 0.3, 0.7};
  const std::vector<int> labels{0, 1, 0, 1, 0};
  const std::vector<double> other_scores{0.7, 0.7, 0.7, 0.3, 0.1};
  const std::vector<int> other_labels{0, 0, 1, 1, 0};
  EXPECT_EQ(auc_pr(scores, labels), auc_pr(other_scores, other_labels));
  EXPECT_EQ(ndcg(scores, labels, 2), ndcg(other_scores, other_labels, 2));
}

TEST(Ranking, NeverExceedsOne) {
  // Shares that are rounded each may add up to more.
  for (std::size_t positives = 1; positives < 300; ++positives) {
    std::vector<double> scores;
    std::vector<int> labels;
    for (std::size_t i = 0; i < positives + 2; ++i) {
      scores.push_back(1 / static_cast<double>(i + 1));
      labels.push_back(i < positives ? 1 : 0);
    }
    EXPECT_LE(auc_pr(scores, labels), 1) << positives;
    EXPECT_NEAR(auc_pr(scores, labels), 1, 1e-12);
    EXPECT_LE(ndcg(scores, labels), 1) << positives;
  }
}

TEST(Ranking, RefusesLabelsOfOneClass) {
  const std::vector<double> scores{0.1, 0.2};
  EXPECT_THROW(auc_roc(scores, std::vector<int>{1, 1}), Error);
  EXPECT_THROW(auc_roc(scores, std::vector<int>{0, 0}), Error);
  EXPECT_THROW(auc_pr(scores, std::vector<int>{0, 0}), Error);
  EXPECT_THROW(best_f1(scores, std::vector<int>{0, 0}), Error);
  EXPECT_EQ(ndcg(scores, std::vector<int>{0, 0}), 0);
}

}  // namespace
}  // namespace aml::metrics
