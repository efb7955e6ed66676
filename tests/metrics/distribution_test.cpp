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
}

}  // namespace
}  // namespace aml::metrics
