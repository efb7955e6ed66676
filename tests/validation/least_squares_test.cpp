#include "validation/least_squares.h"

#include <gtest/gtest.h>

#include <numeric>
#include <span>
#include <vector>

namespace aml::validation {
namespace {

TEST(LeastSquares, SumsUpTheProductsOfAllRows) {
  constexpr std::size_t kRows = 600;  // more than are summed up at once
  std::vector<double> first(kRows);
  std::vector<double> weights(kRows);
  for (std::size_t row = 0; row < kRows; ++row) {
    first[row] = static_cast<double>(1 + row % 7);
    weights[row] = static_cast<double>(1 + row % 5);
  }
  const std::vector<double> second(kRows, 2);
  std::vector<std::size_t> rows(kRows);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  double squares = 0;
  double mixed = 0;
  double constant = 0;
  for (std::size_t row = 0; row < kRows; ++row) {
    squares += weights[row] * first[row] * first[row];
    mixed += weights[row] * first[row] * second[row];
    constant += weights[row] * second[row] * second[row];
  }
  const std::vector<std::span<const double>> columns{first, second};
  std::vector<double> gram(4, 0.0);
  add_products(columns, rows, weights, gram);
  EXPECT_EQ(gram[0], squares);
  EXPECT_EQ(gram[1], mixed);
  EXPECT_EQ(gram[2], mixed);
  EXPECT_EQ(gram[3], constant);
}

// The right sides are the matrix times (1, -2, 3).
TEST(Cholesky, SolvesWhatHasOneSolution) {
  const std::vector<double> matrix = {4, 2, 2, 2, 10, 7, 2, 7, 21};
  const std::vector<double> x = Cholesky(matrix, 3).solve(std::vector<double>{6, 3, 51});
  EXPECT_NEAR(x[0], 1, 1e-12);
  EXPECT_NEAR(x[1], -2, 1e-12);
  EXPECT_NEAR(x[2], 3, 1e-12);
}

// The second column is twice the first: it is left out, and the others solve what is left.
TEST(Cholesky, LeavesAColumnOutThatOthersMake) {
  const std::vector<double> matrix = {1, 2, 1, 1, 2, 4, 2, 2, 1, 2, 5, 3, 1, 2, 3, 11};
  const std::vector<double> x = Cholesky(matrix, 4).solve(std::vector<double>{4, 8, 16, 28});
  EXPECT_EQ(x[1], 0);
  EXPECT_NEAR(x[0] + x[2] + x[3], 4, 1e-12);
  EXPECT_NEAR(x[0] + 5 * x[2] + 3 * x[3], 16, 1e-12);
  EXPECT_NEAR(x[0] + 3 * x[2] + 11 * x[3], 28, 1e-12);
}

TEST(Cholesky, OfNothingIsNothing) {
  EXPECT_EQ(Cholesky({0, 0, 0, 0}, 2).solve(std::vector<double>{1, 2}),
            (std::vector<double>{0, 0}));
  EXPECT_TRUE(Cholesky({}, 0).solve({}).empty());
}

void expect_maximum(const std::vector<double>& gain, const std::vector<double>& spread,
                    const std::vector<double>& expected) {
  const std::vector<double> x = nonnegative_maximum(gain, spread);
  ASSERT_EQ(x.size(), expected.size());
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], expected[i], 1e-12) << i;
}

TEST(NonnegativeMaximum, IsTheFreeOneWhereThatIsPositive) {
  // 2 x0 + x1 = 5, x0 + 3 x1 = 10.
  expect_maximum({5, 10}, {2, 1, 1, 3}, {1, 3});
}

TEST(NonnegativeMaximum, LeavesOutWhatWouldBeNegative) {
  // Free it is (3/2, -1/2, 1), as the second goes with the first.
  const std::vector<double> spread = {2, 2, 0, 2, 4, 0, 0, 0, 3};
  expect_maximum({2, 1, 3}, spread, {1, 0, 1});
  expect_maximum({-1, -2, 0}, spread, {0, 0, 0});
  // The second joins first, as it gains the most, and leaves when the others have joined.
  expect_maximum({1, 1.1, 1}, {1, 0.8, 0, 0.8, 1.4, 0.8, 0, 0.8, 1}, {1, 0, 1});
}

}  // namespace
}  // namespace aml::validation
