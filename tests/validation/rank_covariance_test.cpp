// test_numerai.py holds the figures to Numerai's own program; here is what they cannot say.
#include "validation/rank_covariance.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <span>
#include <vector>

#include "example.h"

namespace aml::validation {
namespace {

using Views = std::vector<std::span<const double>>;

TEST(RankCovariance, IsNothingForQItselfInAnyScale) {
  const std::vector<double> q{-3, -1, 0, 2, 5};
  const std::vector<double> cubed{-27, -1, 0, 8, 125};
  const std::vector<int> labels{0, 0, 1, 0, 1};
  EXPECT_NEAR(rank_covariances(q, Views{cubed}, labels, 1).front(), 0, 1e-15);
}

TEST(RankCovariance, WithoutLabelsOrWithOneScoreForAllIsNothing) {
  const std::vector<double> q{1, 2, 3};
  const std::vector<double> same{4, 4, 4};
  const std::vector<int> unknown{-1, -1, -1};
  const std::vector<int> labels{0, 1, 0};
  EXPECT_EQ(rank_covariances(q, Views{same}, unknown, 1), std::vector<double>{0});
  EXPECT_EQ(rank_covariances(q, Views{same}, labels, 1), std::vector<double>{0});
  EXPECT_EQ(rank_covariances(same, Views{same}, labels, 1), std::vector<double>{0});
}

TEST(RankCovariance, AlertsWhoseTruthIsNotKnownCountNowhere) {
  example::Noise noise(5);
  std::vector<double> q;
  std::vector<double> answer;
  std::vector<int> labels;
  std::vector<double> known_q;
  std::vector<double> known_answer;
  std::vector<int> known_labels;
  for (std::size_t i = 0; i < 300; ++i) {
    q.push_back(noise.normal());
    answer.push_back(q.back() + noise.normal());
    labels.push_back(i % 7 == 3 ? -1 : static_cast<int>(noise.uniform() < 0.3));
    if (labels.back() < 0) continue;
    known_q.push_back(q.back());
    known_answer.push_back(answer.back());
    known_labels.push_back(labels.back());
  }
  const double covariance = rank_covariances(q, Views{answer}, labels, 1).front();
  EXPECT_EQ(covariance, rank_covariances(known_q, Views{known_answer}, known_labels, 1).front());
  EXPECT_NE(covariance, 0);
}

TEST(RankCovariance, TheNumberOfThreadsChangesNoBit) {
  example::Noise noise(3);
  std::vector<std::vector<double>> answers(9, std::vector<double>(500));
  std::vector<double> q(500);
  std::vector<int> labels(500);
  for (std::size_t i = 0; i < q.size(); ++i) {
    q[i] = noise.normal();
    labels[i] = noise.uniform() < 0.2 ? 1 : 0;
    for (std::vector<double>& answer : answers) answer[i] = q[i] + noise.normal() + labels[i];
  }
  const Views views(answers.begin(), answers.end());
  const auto one = rank_covariances(q, views, labels, 1);
  EXPECT_EQ(one, rank_covariances(q, views, labels, 4));
  for (const double covariance : one) EXPECT_GT(covariance, 0);
}

}  // namespace
}  // namespace aml::validation
