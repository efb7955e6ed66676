#include "snapshot/percentiles.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "flows/facts.h"

namespace aml::snapshot {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// The definition, by comparing each value with each.
std::vector<std::int32_t> slow_percentiles(const std::vector<double>& values) {
  std::vector<std::int32_t> result;
  for (const double value : values) {
    std::int64_t halves = 0;
    std::int64_t known = 0;
    for (const double other : values) {
      known += !std::isnan(other);
      halves += 2 * (other < value) + (other == value);
    }
    result.push_back(
        std::isnan(value) ? -1 : static_cast<std::int32_t>(halves * flows::kWhole / (2 * known)));
  }
  return result;
}

TEST(Percentiles, AreSharesOfThoseBelowAndHalfOfThoseEqual) {
  const std::vector<std::int32_t> expected = {125'000'000, 500'000'000, -1, 875'000'000,
                                              500'000'000};
  EXPECT_EQ(percentiles({-5, 1, kNaN, 1e300, 1}), expected);
  EXPECT_TRUE(percentiles({}).empty());
  EXPECT_EQ(percentiles({kNaN, kNaN}), std::vector<std::int32_t>({-1, -1}));
}

TEST(Percentiles, TakeBothZerosForOne) {
  EXPECT_EQ(percentiles({0.0, -0.0, -1e-300, 1e-300}),
            std::vector<std::int32_t>({500'000'000, 500'000'000, 125'000'000, 875'000'000}));
}

TEST(Percentiles, AreThoseOfComparingEachWithEach) {
  std::mt19937_64 random(1);
  for (const double scale : {1.0, 1e-12, 1e12, 1e200}) {
    std::vector<double> values;
    for (int i = 0; i < 700; ++i) {
      const auto number = static_cast<double>(random() % 1000) - 500;
      values.push_back(i % 7 == 0 ? kNaN : i % 2 == 0 ? number * scale : number / 7 * scale);
    }
    EXPECT_EQ(percentiles(values), slow_percentiles(values)) << scale;
  }
}

}  // namespace
}  // namespace aml::snapshot
