#include "simulation/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace aml::simulation {
namespace {

TEST(Statistics, GiniByHand) {
  std::vector<double> equal = {5, 5, 5, 5};
  EXPECT_DOUBLE_EQ(gini(equal), 0);
  std::vector<double> one_has_all = {0, 0, 0, 8};
  EXPECT_DOUBLE_EQ(gini(one_has_all), 0.75);
  std::vector<double> ascending = {3, 1, 2};  // 2·(1+4+9)/(3·6) - 4/3
  EXPECT_DOUBLE_EQ(gini(ascending), 28.0 / 18 - 4.0 / 3);
  std::vector<double> none;
  EXPECT_EQ(gini(none), 0);
}

TEST(Statistics, EntropyByHand) {
  EXPECT_DOUBLE_EQ(entropy_bits(std::vector<double>{1, 1, 1, 1}), 2);
  EXPECT_DOUBLE_EQ(entropy_bits(std::vector<double>{2, 1, 1}), 1.5);
  EXPECT_DOUBLE_EQ(entropy_bits(std::vector<double>{7, 0}), 0);
  EXPECT_DOUBLE_EQ(entropy_bits(std::vector<std::uint16_t>{0, 3, 3}), 1);
  EXPECT_EQ(entropy_bits(std::vector<double>{}), 0);
}

TEST(Statistics, MomentsByHand) {
  // Mean 3; distances -2 -1 0 0 3: squares 14, cubes 18, fourth powers 98.
  const Moments shape = moments(std::vector<double>{1, 2, 3, 3, 6});
  EXPECT_DOUBLE_EQ(shape.mean, 3);
  EXPECT_DOUBLE_EQ(shape.variance, 14.0 / 4);
  EXPECT_NEAR(shape.skewness, 18.0 / 5 / std::pow(14.0 / 5, 1.5), 1e-12);
  EXPECT_NEAR(shape.kurtosis, 98.0 / 5 / (14.0 / 5 * 14.0 / 5) - 3, 1e-12);
}

TEST(Statistics, MomentsOfFewOrEqualValuesAreZero) {
  EXPECT_EQ(moments(std::vector<double>{4}).variance, 0);
  const Moments equal = moments(std::vector<double>{0.1, 0.1, 0.1, 0.1});
  EXPECT_EQ(equal.skewness, 0);
  EXPECT_EQ(equal.kurtosis, 0);
}

}  // namespace
}  // namespace aml::simulation
