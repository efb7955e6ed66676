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
  EXPECT_EQ(gram[3], constant);
}

}  // namespace
}  // namespace aml::validation
