#include "metrics/correlation.h"

#include <gtest/gtest.h>

#include <vector>

namespace aml::metrics {
namespace {

TEST(Correlation, GivesEqualValuesTheMeanOfTheirPlaces) {
  EXPECT_EQ(average_ranks(std::vector<double>{10, 20, 10, 30}),
            (std::vector<double>{1.5, 3, 1.5, 4}));
}

TEST(Correlation, OfAConstantIsUnknown) {
  const std::vector<double> constant{0.3, 0.3, 0.3};
  const std::vector<double> other{1, 2, 3};
  EXPECT_FALSE(pearson(constant, other));
  EXPECT_FALSE(spearman(other, constant));
  EXPECT_FALSE(pearson(std::vector<double>{1}, std::vector<double>{2}));
}

TEST(Correlation, OfRanksForgetsMonotoneTransformations) {
  const std::vector<double> scores{0.1, 0.4, 0.2, 0.9};
  const std::vector<double> cubes{0.001, 0.064, 0.008, 0.729};
  EXPECT_DOUBLE_EQ(*spearman(scores, cubes), 1);
  EXPECT_LT(*pearson(scores, cubes), 1);
}

TEST(Correlation, NormalQuantilesAreThoseOfTheTables) {
  EXPECT_NEAR(normal_quantile(0.5), 0, 1e-15);
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-14);
  EXPECT_NEAR(normal_quantile(1e-9), -5.9978070150076869, 1e-12);
}

}  // namespace
}  // namespace aml::metrics
