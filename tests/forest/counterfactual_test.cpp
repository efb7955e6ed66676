#include "forest/counterfactual.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "forest/feature_value.h"
#include "forest/row_walk.h"

namespace aml::forest {
namespace {

using Columns = std::vector<std::vector<double>>;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

ModelInput input_of(const Columns& columns) {
  ModelInput input;
  input.rows = columns.front().size();
  for (const auto& column : columns) input.columns.emplace_back(column);
  return input;
}

// A tree of so many inner nodes with thresholds among few values.
Tree random_tree(std::mt19937_64& random, std::int32_t features, std::size_t inner) {
  std::uniform_int_distribution<int> value(-3, 3);
  Tree tree;
  tree.leaves.push_back({.value = value(random) * 0.1});
  std::vector<std::int32_t*> unused;
  for (std::size_t i = 0; i < inner; ++i) {
    Node node{.feature = std::uniform_int_distribution<std::int32_t>(0, features - 1)(random),
              .missing = value(random) > 0 ? Missing::nan : Missing::none,
              .default_left = value(random) > 0,
              .threshold = value(random) + (value(random) > 0 ? 0.0 : 0.5)};
    // The node takes the place of one leaf, which becomes its left child.
    std::int32_t leaf = std::uniform_int_distribution<std::int32_t>(
        0, static_cast<std::int32_t>(tree.leaves.size()) - 1)(random);
    for (Node& other : tree.nodes) {
      if (other.left == -1 - leaf) other.left = static_cast<std::int32_t>(i);
      if (other.right == -1 - leaf) other.right = static_cast<std::int32_t>(i);
    }
    node.left = -1 - leaf;
    node.right = -1 - static_cast<std::int32_t>(tree.leaves.size());
    tree.leaves.push_back({.value = value(random) * 0.137});
    tree.nodes.push_back(node);
  }
  return tree;
}

struct World {
  Forest forest;
  Columns columns;
};

World random_world(std::uint64_t seed, std::size_t features, std::size_t rows) {
  std::mt19937_64 random(seed);
  World world;
  for (std::size_t t = 0; t < 12; ++t) {
    world.forest.trees.push_back(
        random_tree(random, static_cast<std::int32_t>(features), 1 + t % 6));
  }
  std::uniform_int_distribution<int> value(-4, 4);
  for (std::size_t f = 0; f < features; ++f) {
    std::vector<double> column;
    for (std::size_t row = 0; row < rows; ++row) {
      column.push_back(value(random) == 4 ? kNan : value(random));
    }
    world.columns.push_back(column);
  }
  return world;
}

// Tries every value of the day in every set of features.
std::optional<Counterfactual> by_trying_all(const World& world, std::size_t row, double below,
                                            const std::vector<bool>& may_move,
                                            std::size_t most_features) {
  const auto share = [&](std::size_t f, double value) {
    std::size_t rows = 0;
    std::size_t at_most = 0;
    for (const double other : world.columns[f]) {
      rows += std::isnan(other) ? 0 : 1;
      at_most += other <= value ? 1 : 0;
    }
    return std::pair(at_most, static_cast<double>(rows));
  };
  std::optional<Counterfactual> best;
  Columns changed = world.columns;
  std::vector<Change> moved;
  std::function<void(std::size_t, std::size_t, double)> go = [&](std::size_t from, std::size_t size,
                                                                 double distance) {
    if (size == 0) {
      const double raw = walk_row(world.forest, input_of(changed), row);
      if (raw < below && (!best || distance < best->distance)) best = {moved, distance, raw};
      return;
    }
    for (std::size_t f = from; f < world.columns.size(); ++f) {
      const double before = world.columns[f][row];
      if (!may_move[f] || std::isnan(before)) continue;
      for (const double value : world.columns[f]) {
        if (std::isnan(value) || value == before) continue;
        const auto [here, rows] = share(f, before);
        const auto [there, same] = share(f, value);
        const double step = static_cast<double>(there > here ? there - here : here - there) / rows;
        changed[f][row] = value;
        moved.push_back({f, before, value, step});
        go(f + 1, size - 1, distance + step);
        moved.pop_back();
        changed[f][row] = before;
      }
    }
  };
  for (std::size_t size = 1; size <= most_features && !best; ++size) go(0, size, 0);
  return best;
}

TEST(Counterfactuals, AreThoseThatTryingAllFinds) {
  std::size_t found = 0;
  std::array<std::size_t, 4> by_size{};
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    const World world = random_world(seed, 4, 9);
    std::vector<bool> may_move(4, true);
    may_move[seed % 4] = seed % 3 != 0;
    const ModelInput input = input_of(world.columns);
    const Counterfactuals search(world.forest, input, may_move);
    for (std::size_t row = 0; row < 3; ++row) {
      const double now = walk_row(world.forest, input, row);
      for (const double less : {0.0, 0.3, 0.8, 1.5}) {
        const auto expected = by_trying_all(world, row, now - less, may_move, 3);
        const CounterfactualFinding got = search.find(row, now - less);
        EXPECT_TRUE(got.is_complete);
        ASSERT_EQ(got.found.has_value(), expected.has_value()) << seed << " " << row << " " << less;
        if (!expected) continue;
        ++found;
        ++by_size[expected->changes.size()];
        ASSERT_EQ(got.found->changes.size(), expected->changes.size());
        EXPECT_DOUBLE_EQ(got.found->distance, expected->distance);
        // Its score is what the model says of the changed row, bit for bit, and below the line.
        Columns changed = world.columns;
        for (const Change& change : got.found->changes) {
          EXPECT_TRUE(may_move[change.feature]);
          EXPECT_EQ(changed[change.feature][row], change.from);
          changed[change.feature][row] = change.to;
        }
        EXPECT_EQ(got.found->raw, walk_row(world.forest, input_of(changed), row));
        EXPECT_LT(got.found->raw, now - less);
      }
    }
  }
  EXPECT_GT(found, 500U);
  for (std::size_t size = 1; size <= 3; ++size) EXPECT_GT(by_size[size], 10U) << size;
}

TEST(Counterfactuals, MoveToTheNearestValueThatARowHas) {
  World world;
  world.forest.trees.resize(1);
  world.forest.trees[0].nodes = {{.feature = 0, .left = -1, .right = -2, .threshold = 10}};
  world.forest.trees[0].leaves = {{.value = -1}, {.value = 1}};
  world.columns = {{1, 2, 9, 20, 30, 30, 40, 5}};
  const ModelInput input = input_of(world.columns);
  const CounterfactualFinding got = Counterfactuals(world.forest, input, {true}).find(4, 0);
  ASSERT_TRUE(got.found);
  EXPECT_EQ(got.found->changes.front().to, 9);
  EXPECT_EQ(got.found->changes.front().distance, 3.0 / 8);
  EXPECT_FALSE(Counterfactuals(world.forest, input, {false}).find(4, 0).found);
}

TEST(Counterfactuals, MoveAFeatureOfTwoValues) {
  World world;
  world.forest.trees.resize(1);
  world.forest.trees[0].nodes = {{.feature = 0, .left = -1, .right = -2, .threshold = 0.5}};
  world.forest.trees[0].leaves = {{.value = -1}, {.value = 1}};
  world.columns = {{0, 1, 1, kNan, 0}};
  const ModelInput input = input_of(world.columns);
  const CounterfactualFinding got = Counterfactuals(world.forest, input, {true}).find(1, 0);
  ASSERT_TRUE(got.found);
  EXPECT_EQ(got.found->changes.front().to, 0);
  EXPECT_EQ(got.found->changes.front().distance, 2.0 / 4);
  world.columns = {{1, 1, kNan}};
  EXPECT_FALSE(Counterfactuals(world.forest, input_of(world.columns), {true}).find(1, 0).found);
}

TEST(Counterfactuals, LeaveCategoriesAndZerosThatAreMissingAlone) {
  World world;
  world.forest.trees.resize(1);
  Tree& tree = world.forest.trees[0];
  tree.nodes = {
      {.feature = 0, .left = -1, .right = 1, .categorical = true, .first_word = 0, .words = 1},
      {.feature = 1, .left = -2, .right = -3, .missing = Missing::zero, .threshold = 0.5}};
  tree.leaves = {{.value = -5}, {.value = -3}, {.value = 1}};
  tree.categories = {1};
  world.columns = {{1, 0}, {0.75, 0.25}};
  const ModelInput input = input_of(world.columns);
  const CounterfactualFinding got = Counterfactuals(world.forest, input, {true, true}).find(0, 0);
  EXPECT_FALSE(got.found);
  EXPECT_TRUE(got.is_complete);
}

// As deep as it has nodes: what waits must not wait on the thread's stack.
TEST(Counterfactuals, WalkTreesOfAnyDepth) {
  constexpr std::int32_t kNodes = 999'999;  // as many as a file may have
  for (const bool is_left : {true, false}) {
    World world;
    world.forest.trees.resize(1);
    Tree& tree = world.forest.trees[0];
    for (std::int32_t i = 0; i < kNodes; ++i) {
      const std::int32_t leaf = -1 - i;
      const std::int32_t next = i + 1 < kNodes ? i + 1 : -1 - kNodes;
      tree.nodes.push_back({.feature = 0,
                            .left = is_left ? next : leaf,
                            .right = is_left ? leaf : next,
                            .threshold = static_cast<double>(is_left ? kNodes - i : i)});
      tree.leaves.push_back({.value = 1});
    }
    tree.leaves.push_back({.value = -1});  // the deepest
    world.columns = {{0, kNodes / 2, kNodes + 1}};
    const ModelInput input = input_of(world.columns);
    const CounterfactualFinding got = Counterfactuals(world.forest, input, {true}).find(1, 0);
    ASSERT_TRUE(got.found);
    EXPECT_EQ(got.found->changes.front().to, is_left ? 0 : kNodes + 1);
    EXPECT_EQ(got.found->raw, -1);
  }
}

TEST(Counterfactuals, SayWhereTheyGaveUp) {
  const World world = random_world(3, 6, 30);
  const ModelInput input = input_of(world.columns);
  const Counterfactuals search(world.forest, input, std::vector<bool>(6, true));
  const double far = -1e9;
  EXPECT_TRUE(search.find(0, far).is_complete);
  const double near = walk_row(world.forest, input, 0) - 1.2;
  EXPECT_FALSE(search.find(0, near, {.most_features = 3, .most_walks = 40}).is_complete);
}

}  // namespace
}  // namespace aml::forest
