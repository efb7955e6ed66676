#include "forest/leaf_sums.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

namespace aml::forest {
namespace {

// leaf_of[row] says which leaf a row reached.
void expect_sums(std::size_t leaves, const std::vector<std::size_t>& leaf_of) {
  std::vector<RowBits> reached(leaves);
  std::vector<double> values(leaves);
  for (std::size_t leaf = 0; leaf < leaves; ++leaf) values[leaf] = static_cast<double>(leaf + 1);
  for (std::size_t row = 0; row < kTileRows; ++row) reached[leaf_of[row]] |= RowBits{1} << row;
  for (const InstructionSet set :
       {InstructionSet::plain, InstructionSet::avx2, InstructionSet::avx512}) {
    if (!is_supported(set)) continue;
    TileSums sums;
    for (std::size_t row = 0; row < kTileRows; ++row) sums[row] = static_cast<double>(row) / 64;
    add_leaves(set)(reached, values, sums);
    for (std::size_t row = 0; row < kTileRows; ++row) {
      EXPECT_EQ(sums[row], static_cast<double>(row) / 64 + static_cast<double>(leaf_of[row] + 1))
          << leaves << " leaves, row " << row;
    }
  }
}

// Leaves are numbered in a byte, 256 at a time.
TEST(LeafSums, AddToEachRowTheValueOfItsLeaf) {
  std::mt19937_64 random(5);
  for (const std::size_t leaves : {1U, 2U, 7U, 64U, 255U, 256U, 257U, 512U, 700U}) {
    std::vector<std::size_t> leaf_of(kTileRows);
    for (std::size_t& leaf : leaf_of) leaf = random() % leaves;
    expect_sums(leaves, leaf_of);
    expect_sums(leaves, std::vector<std::size_t>(kTileRows, leaves - 1));
  }
}

TEST(LeafSums, LeaveARowAloneThatReachedNoneOfTheLeavesAtHand) {
  for (const std::size_t row : {0U, 1U, 63U}) {
    std::vector<std::size_t> leaf_of(kTileRows, 200);
    leaf_of[row] = 300;
    expect_sums(400, leaf_of);
    leaf_of.assign(kTileRows, 300);
    leaf_of[row] = 200;
    expect_sums(400, leaf_of);
  }
}

}  // namespace
}  // namespace aml::forest
