#include "validation/least_squares.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "example.h"

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

using Vector = std::vector<double>;

// Gauss and Jordan's elimination over the coordinates `in`; the others are 0.
Vector solved(const Vector& gain, const Vector& spread, const std::vector<std::size_t>& in) {
  const std::size_t size = gain.size();
  std::vector<Vector> rows;
  for (const std::size_t i : in) {
    Vector& row = rows.emplace_back();
    for (const std::size_t j : in) row.push_back(spread[i * size + j]);
    row.push_back(gain[i]);
  }
  for (std::size_t k = 0; k < rows.size(); ++k) {
    for (std::size_t other = 0; other < rows.size(); ++other) {
      if (other == k) continue;
      const double times = rows[other][k] / rows[k][k];
      for (std::size_t c = 0; c < rows[k].size(); ++c) rows[other][c] -= times * rows[k][c];
    }
  }
  Vector x(size);
  for (std::size_t k = 0; k < rows.size(); ++k) x[in[k]] = rows[k].back() / rows[k][k];
  return x;
}

// The only one of all sets of coordinates of which none is negative and none beside it would gain.
Vector best_of_all_sets(const Vector& gain, const Vector& spread) {
  const std::size_t size = gain.size();
  for (std::size_t set = 0; set < std::size_t{1} << size; ++set) {
    std::vector<std::size_t> in;
    for (std::size_t i = 0; i < size; ++i) {
      if ((set >> i & 1) != 0) in.push_back(i);
    }
    Vector x = solved(gain, spread, in);
    bool is_it = true;
    for (std::size_t i = 0; i < size; ++i) {
      double slope = gain[i];
      for (std::size_t j = 0; j < size; ++j) slope -= spread[i * size + j] * x[j];
      is_it = is_it && x[i] >= 0 && (x[i] > 0 || slope <= 1e-12);
    }
    if (is_it) return x;
  }
  return {};
}

// Coordinates that are much alike push each other out again and again.
TEST(NonnegativeMaximum, IsTheBestOfAllSets) {
  example::Noise noise(17);
  constexpr std::size_t kSize = 7;
  for (int trial = 0; trial < 300; ++trial) {
    Vector factors;
    for (std::size_t i = 0; i < kSize * 3; ++i) factors.push_back(noise.normal());
    Vector spread(kSize * kSize);
    Vector gain;
    for (std::size_t i = 0; i < kSize; ++i) {
      gain.push_back(noise.normal() + 1);
      for (std::size_t j = 0; j < kSize; ++j) {
        for (std::size_t f = 0; f < 3; ++f) {
          spread[i * kSize + j] += factors[i * 3 + f] * factors[j * 3 + f];
        }
        if (i == j) spread[i * kSize + j] += 0.05;
      }
    }
    const Vector expected = best_of_all_sets(gain, spread);
    ASSERT_EQ(expected.size(), kSize);
    // It grows as the gain does.
    for (const double times : {1.0, 1e-5}) {
      Vector scaled = gain;
      for (double& value : scaled) value *= times;
      const Vector x = nonnegative_maximum(scaled, spread);
      for (std::size_t i = 0; i < kSize; ++i) {
        EXPECT_NEAR(x[i] / times, expected[i], 1e-7 * (1 + std::abs(expected[i]))) << trial;
      }
    }
  }
}

}  // namespace
}  // namespace aml::validation
