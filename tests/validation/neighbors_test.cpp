#include "validation/neighbors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

namespace aml::validation {
namespace {

Neighbors neighbors_of(const std::vector<std::vector<double>>& columns,
                       const std::vector<std::size_t>& sample, std::size_t queries) {
  const std::vector<std::span<const double>> views(columns.begin(), columns.end());
  return nearest_neighbors(views, sample, queries, 5, 1);
}

std::vector<std::size_t> first(std::size_t count) {
  std::vector<std::size_t> rows(count);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
}

// Of one column every dimension is its rank, with a sign.
TEST(Neighbors, OfOneColumnAreThoseOfTheNextRankTheFirstWhereTwoAreAsNear) {
  // Ranks 1, 4, 2, 5, 3, 8, 6, 7: rank 4 lies between those of rows 4 and 3.
  const Neighbors found = neighbors_of({{0.1, 40, 0.2, 50, 0.3, 800, 60, 70}}, first(8), 8);
  EXPECT_EQ(found.alert, (std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(found.neighbor, (std::vector<std::uint32_t>{2, 3, 0, 1, 1, 7, 3, 5}));
}

TEST(Neighbors, TakeAMissingValueForTheLowest) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  // Ranks 2, 1, 3, 4.
  const Neighbors found = neighbors_of({{-1e300, none, 5, 6}}, first(4), 4);
  EXPECT_EQ(found.neighbor, (std::vector<std::uint32_t>{1, 0, 0, 2}));
}

TEST(Neighbors, OfEqualsAreTheFirst) {
  for (const std::size_t rows : {3U, 16U, 17U, 70U}) {
    const Neighbors found = neighbors_of({std::vector<double>(rows, 7)}, first(rows), rows);
    ASSERT_EQ(found.neighbor.size(), rows);
    EXPECT_EQ(found.neighbor[0], 1U);
    for (std::size_t i = 1; i < rows; ++i) EXPECT_EQ(found.neighbor[i], 0U) << rows;
  }
}

TEST(Neighbors, OfManyRowsAreBesideThem) {
  // Ranks as the rows are numbered; more rows than a block, and more queries than are asked at
  // once.
  constexpr std::size_t kRows = 700;
  std::vector<double> column(kRows);
  std::iota(column.begin(), column.end(), 0.0);
  const Neighbors found = neighbors_of({column}, first(kRows), kRows);
  for (std::size_t i = 0; i < kRows; ++i) {
    EXPECT_EQ(found.alert[i], i);
    const std::size_t away = found.neighbor[i] > i ? found.neighbor[i] - i : i - found.neighbor[i];
    EXPECT_EQ(away, 1U) << i;
  }
  const Neighbors every_other = neighbors_of({column}, first(kRows), kRows / 2);
  ASSERT_EQ(every_other.alert.size(), kRows / 2);
  for (std::size_t q = 0; q < kRows / 2; ++q) EXPECT_EQ(every_other.alert[q], 2 * q);
}

TEST(Neighbors, AreSoughtAmongThreeRowsAndMoreOfAColumn) {
  const std::vector<double> column = {1, 2, 4, 8, 9};
  EXPECT_TRUE(neighbors_of({column}, first(2), 2).alert.empty());
  EXPECT_EQ(neighbors_of({column}, first(3), 3).alert.size(), 3U);
  EXPECT_TRUE(neighbors_of({}, first(5), 5).alert.empty());
  // Positions in the sample, not rows.
  const Neighbors found = neighbors_of({column}, {0, 3, 4}, 3);
  EXPECT_EQ(found.alert, (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_EQ(found.neighbor[2], 1U);
}

}  // namespace
}  // namespace aml::validation
