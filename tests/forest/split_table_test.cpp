#include "forest/split_table.h"

#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <vector>

#include "forest/row_walk.h"

namespace aml::forest {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Trees of one node each, all on one feature; the left leaf counts a power of two of its own.
Forest forest_of(const std::vector<Node>& nodes, const std::vector<std::uint32_t>& categories) {
  Forest forest;
  forest.feature_names = {"x"};
  for (Node node : nodes) {
    node.left = -1;
    node.right = -2;
    Tree tree;
    tree.nodes = {node};
    tree.leaves = {{.value = 1, .cover = 1}, {.value = 0, .cover = 1}};
    tree.categories = categories;
    forest.trees.push_back(tree);
  }
  return forest;
}

// goes_left[split][value], by each set of instructions.
void expect_left(const Forest& forest, const std::vector<double>& values,
                 const std::vector<std::vector<bool>>& goes_left) {
  const ModelInput input{.columns = {values}, .rows = values.size()};
  const SplitTable splits(forest);
  for (const InstructionSet set :
       {InstructionSet::plain, InstructionSet::avx2, InstructionSet::avx512}) {
    if (!is_supported(set)) continue;
    std::vector<RowBits> left(splits.size());
    splits.decide(input, 0, set, left);
    for (std::size_t tree = 0; tree < forest.trees.size(); ++tree) {
      for (std::size_t row = 0; row < values.size(); ++row) {
        EXPECT_EQ((left[splits.of(tree)[0]] >> row & 1) != 0, goes_left[tree][row])
            << "split " << tree << ", value " << values[row];
      }
    }
  }
  for (std::size_t row = 0; row < values.size(); ++row) {
    double sum = 0;
    for (const std::vector<bool>& of_split : goes_left) sum += of_split[row] ? 1 : 0;
    EXPECT_EQ(walk_row(forest, input, row), sum) << "value " << values[row];
  }
}

TEST(SplitTable, SendsMissingValuesWhereTheirNodeSays) {
  const auto node = [](Missing missing, bool default_left, double threshold) {
    return Node{.missing = missing, .default_left = default_left, .threshold = threshold};
  };
  const Forest forest = forest_of(
      {node(Missing::none, true, -1), node(Missing::none, false, 0), node(Missing::none, false, 1),
       node(Missing::nan, true, -1), node(Missing::nan, false, 1), node(Missing::zero, true, -1),
       node(Missing::zero, false, 1)},
      {});
  // What is within a float's 1e-35 of zero is zero.
  expect_left(forest, {kNan, 0, 1e-36, -1e-36, -2, 2, 1, -1},
              {{false, false, false, false, true, false, false, true},
               {true, true, true, true, true, false, false, true},
               {true, true, true, true, true, false, true, true},
               {true, false, false, false, true, false, false, true},
               {false, true, true, true, true, false, true, true},
               {true, true, true, true, true, false, false, true},
               {false, false, false, false, true, false, true, true}});
}

TEST(SplitTable, KnowsCategoriesUpToTheLastBitOfTheirSet) {
  const auto node = [](std::uint32_t first, std::uint32_t words) {
    return Node{.categorical = true, .first_word = first, .words = words};
  };
  // {0, 31}, {32, 63} and, of the words behind, {1}.
  const Forest forest =
      forest_of({node(0, 1), node(1, 2), node(3, 1)}, {0x80000001U, 0, 0x80000001U, 2});
  expect_left(forest, {0, 31, 32, 63, 64, 1, -1, -0.5, 0.9, kNan, 4294967296.0},
              {{true, true, false, false, false, false, false, true, true, false, false},
               {false, false, true, true, false, false, false, false, false, false, false},
               {false, false, false, false, false, true, false, false, false, false, false}});
}

// A word holds 64 sets; those that follow take another.
TEST(SplitTable, KeepsApartMoreSetsThanAWordHasBits) {
  std::vector<std::uint32_t> categories;
  std::vector<Node> nodes;
  std::vector<std::vector<bool>> goes_left;
  std::vector<double> values;
  for (std::uint32_t v = 0; v < 32; ++v) values.push_back(v);
  for (std::uint32_t set = 1; set <= 130; ++set) {
    nodes.push_back({.categorical = true, .first_word = set - 1, .words = 1});
    categories.push_back(set * 0x9e3779b9U);
    std::vector<bool>& left = goes_left.emplace_back();
    for (std::uint32_t v = 0; v < 32; ++v) left.push_back((categories.back() >> v & 1) != 0);
  }
  expect_left(forest_of(nodes, categories), values, goes_left);
}

TEST(SplitTable, DecidesTheSameSplitOfManyNodesOnce) {
  const Node numerical{.missing = Missing::nan, .default_left = true, .threshold = 0.5};
  const Node categorical{.categorical = true, .first_word = 0, .words = 1};
  const SplitTable splits(forest_of({numerical, categorical, numerical, categorical}, {3}));
  EXPECT_EQ(splits.size(), 2U);
  EXPECT_EQ(splits.of(0)[0], splits.of(2)[0]);
  EXPECT_EQ(splits.of(1)[0], splits.of(3)[0]);
}

}  // namespace
}  // namespace aml::forest
