#include "forest/explain_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace aml::forest {
namespace {

// One long path: node i asks feature i % features, and few rows leave it on the left.
Tree chain(std::int32_t nodes, std::int32_t features) {
  Tree tree;
  for (std::int32_t i = 0; i < nodes; ++i) {
    Node node;
    node.feature = i % features;
    node.left = -1 - i;
    node.right = i + 1 < nodes ? i + 1 : -1 - nodes;
    node.cover = 2 * (nodes - i) + 3;
    tree.nodes.push_back(node);
    tree.leaves.push_back({.value = 1.0 + i, .cover = 2});
  }
  tree.leaves.push_back({.value = 0.5, .cover = 3});
  return tree;
}

ExplainPlan plan_of(const Tree& tree, std::size_t features) {
  std::vector<std::uint32_t> splits(tree.nodes.size());
  std::iota(splits.begin(), splits.end(), 100U);
  std::vector<std::uint32_t> rows_of(features);
  std::iota(rows_of.begin(), rows_of.end(), 0U);
  return make_explain_plan(tree, splits, rows_of);
}

// A polynomial of degree d - 1 takes ⌈d/2⌉ points; four of them are walked at once.
TEST(ExplainPlan, TakesNoMorePointsThanAreExact) {
  for (const std::int32_t features : {1, 2, 3, 7, 8, 9, 16, 17, 31}) {
    const ExplainPlan plan = plan_of(chain(40, features), static_cast<std::size_t>(features));
    const std::size_t points = (static_cast<std::size_t>(features) + 1) / 2;
    EXPECT_EQ(plan.quadrature.points.size(), points) << features;
    EXPECT_EQ(plan.passes.size(), (points + 3) / 4) << features;
    std::size_t done = 0;
    for (const ExplainPass& pass : plan.passes) {
      EXPECT_EQ(pass.first, done);
      EXPECT_GE(pass.count, 1);
      EXPECT_LE(pass.count, kMostPoints);
      done += static_cast<std::size_t>(pass.count);
    }
    EXPECT_EQ(done, points) << features;
    const auto [least, most] = std::minmax_element(
        plan.passes.begin(), plan.passes.end(),
        [](const ExplainPass& a, const ExplainPass& b) { return a.count < b.count; });
    EXPECT_LE(most->count - least->count, 1) << features;
  }
}

TEST(ExplainPlan, KnowsWhichFeaturesThePathHasAsked) {
  const ExplainPlan plan = plan_of(chain(6, 3), 3);
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    EXPECT_EQ(plan.nodes[i].repeated, i >= 3) << i;
    EXPECT_EQ(plan.nodes[i].parent_repeated, i >= 4) << i;
    EXPECT_EQ(plan.same_above[i], i >= 3 ? 2 * (i - 3) + 1 : ExplainPlan::kNone) << i;
  }
  // Of each of 5 edges down two factors, three below a repeated node. On the way up each node has a
  // leaf, four factors and five where it is repeated, and all but the last a child, two.
  const ExplainPass pass{0, 2};
  EXPECT_EQ(plan.down_factors(pass), 2U * (3 * 2 + 2 * 3));
  EXPECT_EQ(plan.up_factors(pass), 2U * (3 * 4 + 3 * 5 + 5 * 2));
}

TEST(ExplainPlan, LaysNodesOutInPreorderWithTheSharesOfTheirEdges) {
  // The root's left child is node 2, its right one node 1; node 2 asks the root's feature again.
  Tree tree;
  tree.nodes.resize(3);
  tree.nodes[0] = {.feature = 0, .left = 2, .right = 1, .cover = 20};
  tree.nodes[1] = {.feature = 1, .left = -1, .right = -2, .cover = 12};
  tree.nodes[2] = {.feature = 0, .left = -3, .right = -4, .cover = 8};
  tree.leaves = {{10, 3}, {20, 9}, {30, 6}, {40, 2}};
  const ExplainPlan plan = plan_of(tree, 2);
  EXPECT_EQ(plan.splits, (std::vector<std::uint32_t>{100, 102, 101}));
  EXPECT_EQ(plan.same_above,
            (std::vector<std::uint32_t>{ExplainPlan::kNone, 0, ExplainPlan::kNone}));
  EXPECT_EQ(plan.nodes[0].left, 1U);
  EXPECT_EQ(plan.nodes[0].right, 2U);
  EXPECT_EQ(plan.nodes[1].left, ExplainNode::kLeaf);
  EXPECT_EQ(plan.nodes[2].edge, 1U);
  EXPECT_EQ(plan.nodes[2].feature, 1U);
  EXPECT_EQ((std::vector<bool>{plan.nodes[0].repeated, plan.nodes[1].repeated}),
            (std::vector<bool>{false, true}));
  const std::vector<double> ratios = {0.4, 0.6, 0.75, 0.25, 0.25, 0.75};
  const std::vector<double> shares = {0.4, 0.6, 0.75 * 0.4, 0.25 * 0.4, 0.25, 0.75};
  const std::vector<double> values = {0, 0, 30, 40, 10, 20};
  ASSERT_EQ(plan.edges.size(), 6U);
  for (std::size_t e = 0; e < plan.edges.size(); ++e) {
    EXPECT_EQ(plan.edges[e].ratio, ratios[e]) << e;
    EXPECT_EQ(plan.edges[e].share, shares[e]) << e;
    EXPECT_EQ(plan.edges[e].value, values[e]) << e;
  }
  EXPECT_EQ(plan.quadrature.points.size(), 1U);
}

}  // namespace
}  // namespace aml::forest
