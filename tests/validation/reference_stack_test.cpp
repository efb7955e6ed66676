#include "validation/reference_stack.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "example.h"

namespace aml::validation {
namespace {

// A day of a constant and one smooth column of ones and zeros. Its trees have nothing to split.
PublicColumns day_of(const std::vector<double>& values) {
  PublicColumns columns;
  columns.smooth = {std::vector<double>(values.size(), 1), values};
  columns.trees = {std::vector<double>(values.size(), 0)};
  return columns;
}

struct Taught {
  PublicColumns columns;
  std::vector<int> labels;
};

// `ones` alerts of value 1 and as many of value 0, of which so many are positive.
Taught taught(int ones, int positive_ones, int positive_zeros) {
  Taught day;
  std::vector<double> values;
  for (int i = 0; i < 2 * ones; ++i) {
    values.push_back(i < ones ? 1 : 0);
    day.labels.push_back(i < positive_ones || (i >= ones && i < ones + positive_zeros) ? 1 : 0);
  }
  day.columns = day_of(values);
  return day;
}

// The maximum of the likelihood less 5/2 b² has a slope of 0: Σ (y − p) is 0 for the constant,
// which is free, and 5 b for the column.
TEST(ReferenceStack, HoldsCoefficientsBackAsFiveRowsWould) {
  const Taught day = taught(200, 120, 30);
  const TaughtDay given{&day.columns, day.labels};
  const ReferenceStack stack(std::span(&given, 1), 1);
  ASSERT_TRUE(stack.is_taught());
  const std::vector<double> odds = stack.log_odds(day_of({0, 1}));
  const double b = odds[1] - odds[0];
  const double left_of_ones = 120 - 200 * example::logistic(odds[1]);
  const double left_of_zeros = 30 - 200 * example::logistic(odds[0]);
  EXPECT_GT(b, 1.5);
  EXPECT_NEAR(left_of_ones + left_of_zeros, 0, 1e-3);
  EXPECT_NEAR(left_of_ones, 5 * b, 1e-3);
}

TEST(ReferenceStack, LearnsFromLabelsThatAreKnownAlone) {
  const Taught day = taught(200, 120, 30);
  Taught more = day;
  more.labels.insert(more.labels.end(), 50, -1);
  for (auto* columns : {&more.columns.smooth, &more.columns.trees}) {
    for (std::vector<double>& column : *columns) column.resize(450, 1);
  }
  const TaughtDay given{&day.columns, day.labels};
  const TaughtDay with_unknown{&more.columns, more.labels};
  EXPECT_EQ(ReferenceStack(std::span(&given, 1), 1).log_odds(day_of({0, 1})),
            ReferenceStack(std::span(&with_unknown, 1), 1).log_odds(day_of({0, 1})));
}

TEST(ReferenceStack, IsNotTaughtByOneClass) {
  for (const auto& [ones, zeros] : {std::pair{0, 0}, {200, 200}}) {
    const Taught day = taught(200, ones, zeros);
    const TaughtDay given{&day.columns, day.labels};
    EXPECT_FALSE(ReferenceStack(std::span(&given, 1), 1).is_taught());
  }
  for (const auto& [ones, zeros] : {std::pair{1, 0}, {200, 199}}) {
    const Taught day = taught(200, ones, zeros);
    const TaughtDay given{&day.columns, day.labels};
    EXPECT_TRUE(ReferenceStack(std::span(&given, 1), 1).is_taught());
  }
}

// Whether trees tell each of `ones` alerts, all positive, from each of the others of `rows`.
bool tells_apart(std::size_t rows, std::size_t ones) {
  PublicColumns columns = day_of(std::vector<double>(rows, 0));
  std::vector<int> labels(rows, 0);
  for (std::size_t i = 0; i < ones; ++i) {
    columns.trees[0][i] = 1;
    labels[i] = 1;
  }
  const TaughtDay given{&columns, labels};
  const std::vector<double> odds = ReferenceStack(std::span(&given, 1), 1).log_odds(columns);
  const auto others = odds.begin() + static_cast<std::ptrdiff_t>(ones);
  return *std::min_element(odds.begin(), others) > *std::max_element(others, odds.end()) + 1;
}

TEST(ReferenceStack, HasLeavesOfFiftyAlertsAndAHundredthOfAll) {
  EXPECT_TRUE(tells_apart(500, 50));
  EXPECT_FALSE(tells_apart(500, 49));
  EXPECT_TRUE(tells_apart(6000, 60));
  EXPECT_FALSE(tells_apart(6000, 59));
}

TEST(ReferenceStack, GoesNoFurtherThanTwelveLogOdds) {
  const Taught day = taught(200, 200, 0);
  const TaughtDay given{&day.columns, day.labels};
  const ReferenceStack stack(std::span(&given, 1), 1);
  const std::vector<double> odds = stack.log_odds(day_of({-1000, 1000}));
  EXPECT_EQ(odds, (std::vector<double>{-12, 12}));
}

TEST(ReferenceStack, OfNoTruthIsWhatTheStockModelSays) {
  const std::vector<double> odds = untaught_log_odds(std::vector<double>{0.5, 0.75, 0, 1});
  EXPECT_EQ(odds[0], 0);
  EXPECT_NEAR(odds[1], std::log(3), 1e-12);
  EXPECT_NEAR(odds[2], std::log(1e-5 / (1 - 1e-5)), 1e-9);
  EXPECT_NEAR(odds[3], -odds[2], 1e-9);
}

}  // namespace
}  // namespace aml::validation
