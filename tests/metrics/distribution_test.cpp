#include "metrics/distribution.h"

#include <gtest/gtest.h>

#include <vector>

namespace aml::metrics {
namespace {

TEST(Distribution, TakesTheMeanOfTheTwoMiddleValues) {
  EXPECT_EQ(median(std::vector<double>{4, 1, 3, 2}), 2.5);
  EXPECT_EQ(median(std::vector<double>{3, 1, 2}), 2);
}

TEST(Distribution, OfNoValuesIsZero) {
  const std::vector<double> none;
  EXPECT_EQ(median(none), 0);
  EXPECT_EQ(variance(none), 0);
  EXPECT_EQ(share_within(none, none, 0.01), 0);
}

TEST(Distribution, CountsValuesThatAreClose) {
  EXPECT_EQ(share_within(std::vector<double>{0.5, 0.5}, std::vector<double>{0.505, 0.6}, 0.01),
            0.5);
  EXPECT_EQ(share_within(std::vector<double>{0, 0}, std::vector<double>{0.25, -0.25}, 0.25), 1);
}

TEST(Distribution, InterpolatesBetweenTheValuesBesideAQuantile) {
  const std::vector<double> values{5, 1, 3, 2};
  EXPECT_EQ(quantile(values, 0), 1);
  EXPECT_EQ(quantile(values, 0.25), 1.75);
  EXPECT_EQ(quantile(values, 0.5), 2.5);
  EXPECT_EQ(quantile(values, 1), 5);
  EXPECT_EQ(quantile(std::vector<double>{}, 0.5), 0);
}

TEST(Distribution, TakesTheMeanSquareFromTheMeanForTheVariance) {
  EXPECT_EQ(variance(std::vector<double>{1, 3}), 1);
  EXPECT_EQ(variance(std::vector<double>{2, 4, 4, 6}), 2);
}

}  // namespace
}  // namespace aml::metrics
