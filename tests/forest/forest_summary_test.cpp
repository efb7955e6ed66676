#include "forest/forest_summary.h"

#include <gtest/gtest.h>

#include "forest/summary_json.h"

namespace aml::forest {
namespace {

// Node 0 asks feature 1 and node 1, below it, feature 0; then a leaf, 3 in all.
Tree small_tree(float first_gain, float second_gain) {
  Tree tree;
  tree.nodes.resize(2);
  tree.nodes[0].feature = 1;
  tree.nodes[0].left = 1;
  tree.nodes[0].right = -1;
  tree.nodes[1].left = -2;
  tree.nodes[1].right = -3;
  tree.nodes[1].categorical = true;
  tree.leaves.resize(3);
  tree.gains = {first_gain, second_gain};
  return tree;
}

TEST(ForestSummary, CountsTreesLeavesAndDepths) {
  Forest forest;
  forest.feature_names = {"a", "b", "c"};
  forest.trees = {small_tree(5, 1), small_tree(0.5F, 0), Tree{{}, {{1, 7}}, {}, {}}};
  const ForestSummary summary = summarize(forest);
  EXPECT_EQ(summary.trees, 3U);
  EXPECT_EQ(summary.leaves, 7U);
  EXPECT_EQ(summary.fewest_leaves, 1U);
  EXPECT_EQ(summary.most_leaves, 3U);
  EXPECT_EQ(summary.depth, 2U);
  EXPECT_EQ(summary.categorical_splits, 2U);
}

TEST(ForestSummary, IsShownWithAsManySplitsAsNodes) {
  Forest forest;
  forest.feature_names = {"a", "b", "c"};
  forest.trees = {small_tree(5, 1), small_tree(0.5F, 0), Tree{{}, {{1, 7}}, {}, {}}};
  forest.objective = "binary sigmoid:1";
  forest.pandas_categories = true;
  EXPECT_EQ(summary_json(forest, summarize(forest)),
            nlohmann::ordered_json::parse(R"({"objective": "binary sigmoid:1",
              "average_output": false, "explainable": true, "pandas_categories": true, "trees": 3,
              "leaves": 7, "fewest_leaves": 1, "most_leaves": 3, "depth": 2, "splits": 4,
              "categorical_splits": 2})"));
}

TEST(ForestSummary, CountsNoSplitWithoutGainAsImportant) {
  Forest forest;
  forest.feature_names = {"a", "b", "c"};
  forest.trees = {small_tree(5, 1), small_tree(0.5F, 0)};
  const ForestSummary summary = summarize(forest);
  EXPECT_EQ(summary.importances[0].splits, 1);
  EXPECT_EQ(summary.importances[0].gain, 1);
  EXPECT_EQ(summary.importances[1].splits, 2);
  EXPECT_EQ(summary.importances[1].gain, 5.5);
  EXPECT_EQ(summary.importances[2].splits, 0);
  EXPECT_EQ(summary.used_features(), 2U);
}

}  // namespace
}  // namespace aml::forest
