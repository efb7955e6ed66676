#include "validation/own_information.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include "example.h"

namespace aml::validation {
namespace {

constexpr std::size_t kFolds = 3;
constexpr std::uint64_t kSeed = 77;

// splitmix64's finalizer, as Steele, Lea and Flood (2014) print it.
std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

// A day of a constant and one smooth column, a block, and trees that have nothing to split, so that
// least squares are all that is done.
class OwnInformationTest : public testing::Test {
 protected:
  OwnInformationTest() {
    example::Noise noise(8);
    columns.smooth = {std::vector<double>(kRows, 1), std::vector<double>(kRows)};
    columns.blocks = {std::vector<double>(kRows)};
    columns.trees = {std::vector<double>(kRows, 0)};
    for (std::size_t i = 0; i < kRows; ++i) {
      columns.smooth[1][i] = noise.normal();
      columns.blocks[0][i] = i % 4 == 0 ? noise.normal() : 0;
      codes.push_back(i * 31 + 5);
      scores.push_back(example::logistic(0.8 * columns.smooth[1][i] + columns.blocks[0][i] +
                                         0.5 * noise.normal() - 1));
    }
  }
  OwnInformation own() const { return OwnInformationOf(columns, codes, kSeed)(scores); }
  std::size_t fold_of(std::size_t i) const { return mix(codes[i] ^ mix(kSeed)) % kFolds; }

  static constexpr std::size_t kRows = 600;
  PublicColumns columns;
  std::vector<std::uint64_t> codes;
  std::vector<double> scores;
};

// The b that minimizes Σ (y − x b)² + b' ridge b, by Gauss and Seidel: one coordinate after another
// until none moves.
std::array<double, 3> fitted(const std::vector<std::array<double, 3>>& x,
                             const std::vector<double>& y, const std::array<double, 3>& ridge) {
  std::array<double, 3> b{};
  for (int round = 0; round < 300; ++round) {
    for (std::size_t c = 0; c < b.size(); ++c) {
      double product = 0;
      double square = ridge[c];
      for (std::size_t i = 0; i < x.size(); ++i) {
        double left = y[i];
        for (std::size_t k = 0; k < b.size(); ++k) left -= k == c ? 0 : x[i][k] * b[k];
        product += x[i][c] * left;
        square += x[i][c] * x[i][c];
      }
      b[c] = product / square;
    }
  }
  return b;
}

// What least squares on the other two thirds leave, one row as ridge for smooth columns and twenty
// for blocks, without the others' mean, which is all that trees of one leaf can take.
TEST_F(OwnInformationTest, IsWhatTheOtherFoldsDoNotExplain) {
  std::vector<double> left(kRows);
  const std::vector<double> normal = gaussian_ranks(scores);
  const auto row_of = [&](std::size_t i) {
    return std::array{1.0, columns.smooth[1][i], columns.blocks[0][i]};
  };
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    std::vector<std::array<double, 3>> x;
    std::vector<double> y;
    for (std::size_t i = 0; i < kRows; ++i) {
      if (fold_of(i) == fold) continue;
      x.push_back(row_of(i));
      y.push_back(normal[i]);
    }
    const std::array<double, 3> b = fitted(x, y, {1, 1, 20});
    const auto rest = [&](const std::array<double, 3>& at, double value) {
      return value - std::inner_product(b.begin(), b.end(), at.begin(), 0.0);
    };
    double mean = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      mean += rest(x[i], y[i]) / static_cast<double>(x.size());
    for (std::size_t i = 0; i < kRows; ++i) {
      if (fold_of(i) == fold) left[i] = rest(row_of(i), normal[i]) - mean;
    }
  }
  double mean = 0;
  double squares = 0;
  double all = 0;
  for (const double value : left) mean += value / kRows;
  for (const double value : left) squares += (value - mean) * (value - mean);
  for (const double value : normal) all += value * value;  // their mean is 0
  const OwnInformation found = own();
  EXPECT_NEAR(found.explained, 1 - squares / all, 1e-6);
  EXPECT_GT(found.explained, 0.4);
  for (std::size_t i = 0; i < kRows; ++i) {
    const double expected = (left[i] - mean) / std::sqrt(squares / kRows);
    EXPECT_NEAR(found.values[i], std::clamp(expected, -4.0, 4.0), 1e-5) << i;
  }
}

TEST_F(OwnInformationTest, GoesNoFurtherThanFourDeviations) {
  // The highest ranks of most alerts are explained; three are against it.
  example::Noise noise(5);
  for (std::size_t i = 0; i < kRows; ++i) {
    scores[i] = example::logistic(columns.smooth[1][i] + 0.01 * noise.normal());
  }
  const auto highest = std::max_element(columns.smooth[1].begin(), columns.smooth[1].end()) -
                       columns.smooth[1].begin();
  scores[static_cast<std::size_t>(highest)] = 0;
  const OwnInformation found = own();
  EXPECT_EQ(found.values[static_cast<std::size_t>(highest)], -4);
  EXPECT_EQ(*std::min_element(found.values.begin(), found.values.end()), -4);
}

TEST_F(OwnInformationTest, IsNothingOfConstantsAndOfWhatCannotBeCompared) {
  scores.assign(kRows, 0.5);
  OwnInformation found = own();
  EXPECT_EQ(found.values, std::vector<double>(kRows));
  EXPECT_EQ(found.explained, 1);
  // All of one address: there are no others to learn from.
  for (std::size_t i = 0; i < kRows; ++i) scores[i] = static_cast<double>(i) / kRows;
  codes.assign(kRows, 3);
  found = own();
  EXPECT_EQ(found.values, std::vector<double>(kRows));
}

// Ranks that are a sum of public columns are nobody's own, but for the ridge's small part.
TEST_F(OwnInformationTest, IsNothingWhereAllIsExplained) {
  std::vector<double> ranks(kRows);
  std::iota(ranks.begin(), ranks.end(), 0.0);
  for (double& rank : ranks) rank = std::fmod(rank * 37, static_cast<double>(kRows));
  for (std::size_t i = 0; i < kRows; ++i) scores[i] = ranks[i] / kRows;
  columns.smooth[1] = gaussian_ranks(scores);
  const OwnInformation found = own();
  EXPECT_GT(found.explained, 1 - 1e-4);
  EXPECT_EQ(found.values, std::vector<double>(kRows));
}

TEST(AddressCodes, AreTheFirstDigitsOfTheHash) {
  const std::vector<std::string> addresses{"abc", "", "abc"};
  // SHA-256 of "abc" and of nothing, as FIPS 180 prints them.
  EXPECT_EQ(
      address_codes(addresses),
      (std::vector<std::uint64_t>{0xba7816bf8f01cfeaU, 0xe3b0c44298fc1c14U, 0xba7816bf8f01cfeaU}));
}

}  // namespace
}  // namespace aml::validation
