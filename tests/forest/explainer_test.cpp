#include "forest/explainer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

#include "forest/quadrature.h"

namespace aml::forest {
namespace {

TEST(Quadrature, IsExactForPolynomials) {
  for (const int points : {1, 2, 3, 8, 20, 75, 500}) {
    const Quadrature rule = gauss_legendre(points);
    for (int degree = 0; degree < 2 * points; ++degree) {
      double integral = 0;
      for (std::size_t q = 0; q < rule.points.size(); ++q) {
        integral += rule.weights[q] * std::pow(rule.points[q], degree);
      }
      EXPECT_NEAR(integral * (degree + 1), 1, 1e-12) << points << " points, degree " << degree;
    }
  }
}

// A path to a leaf: what its conditions let through, and whether a row meets them, by feature.
struct Path {
  struct Condition {
    long double share = 1;
    bool is_met = true;
  };
  std::map<std::int32_t, Condition> conditions;
};

// Shapley's weights by the number of features present, added up one after the other.
void add_leaf(const Path& path, double value, std::vector<long double>& phi) {
  const std::size_t d = path.conditions.size();
  for (const auto& [feature, condition] : path.conditions) {
    std::vector<long double> present = {1};  // by the number of others that are present
    for (const auto& [other, its] : path.conditions) {
      if (other == feature) continue;
      present.push_back(0);
      for (std::size_t k = present.size(); k-- > 0;) {
        const long double before = k > 0 ? present[k - 1] : 0;
        present[k] = present[k] * its.share + (its.is_met ? before : 0);
      }
    }
    long double sum = 0;
    long double weight = 1.0L / static_cast<long double>(d);  // k!(d-1-k)!/d!
    for (std::size_t k = 0; k < d; ++k) {
      sum += weight * present[k];
      weight *= static_cast<long double>(k + 1) / static_cast<long double>(d - 1 - k);
    }
    phi[static_cast<std::size_t>(feature)] +=
        value * ((condition.is_met ? 1 : 0) - condition.share) * sum;
  }
}

void walk(const Tree& tree, const std::vector<double>& row, std::int32_t at, const Path& path,
          std::vector<long double>& phi) {
  if (at < 0) {
    add_leaf(path, tree.leaves[static_cast<std::size_t>(-1 - at)].value, phi);
    return;
  }
  const Node& node = tree.nodes[static_cast<std::size_t>(at)];
  const bool goes_left = row[static_cast<std::size_t>(node.feature)] <= node.threshold;
  for (const bool is_left : {true, false}) {
    const std::int32_t child = is_left ? node.left : node.right;
    const double cover = child < 0 ? tree.leaves[static_cast<std::size_t>(-1 - child)].cover
                                   : tree.nodes[static_cast<std::size_t>(child)].cover;
    Path below = path;
    Path::Condition& condition = below.conditions[node.feature];
    condition.share *= cover / node.cover;
    condition.is_met &= goes_left == is_left;
    walk(tree, row, child, below, phi);
  }
}

// A tree that is one long path: node i asks feature i % features and hands few rows to its leaf.
Forest chain(std::int32_t nodes, std::int32_t features) {
  Forest forest;
  for (std::int32_t f = 0; f < features; ++f) forest.feature_names.push_back(std::to_string(f));
  Tree tree;
  for (std::int32_t i = 0; i < nodes; ++i) {
    Node node;
    node.feature = i % features;
    node.threshold = 0.1 * (i / features) - 0.5;
    node.left = -1 - i;
    node.right = i + 1 < nodes ? i + 1 : -1 - nodes;
    node.cover = 2 * (nodes - i) + 3;
    tree.nodes.push_back(node);
    tree.leaves.push_back({.value = std::sin(i), .cover = 2});
  }
  tree.leaves.push_back({.value = 0.7, .cover = 3});
  forest.trees.push_back(tree);
  return forest;
}

struct Rows {
  std::vector<std::vector<double>> columns;
  ModelInput input;

  explicit Rows(std::size_t features) : columns(features) {
    std::mt19937_64 random(7);
    input.rows = kTileRows;
    for (auto& column : columns) {
      for (std::size_t row = 0; row < kTileRows; ++row) {
        column.push_back(std::normal_distribution<double>(0.5)(random));
      }
      input.columns.emplace_back(column);
    }
  }
};

std::vector<double> explain(const Forest& forest, const Rows& rows, std::size_t most_kept) {
  const SplitTable splits(forest);
  const Explainer explainer(forest, splits, most_kept);
  std::vector<RowBits> left(splits.size());
  splits.decide(rows.input, 0, InstructionSet::plain, left);
  std::vector<double> contributions(kTileRows * (forest.feature_names.size() + 1));
  explainer.explain(left, kTileRows, InstructionSet::plain, contributions);
  return contributions;
}

TEST(Explainer, EqualsShapleysFormulaOnDeepPaths) {
  for (const auto& [nodes, features] : {std::pair{1, 1}, {9, 4}, {40, 40}, {90, 30}, {150, 150}}) {
    const Forest forest = chain(nodes, features);
    const Rows rows(forest.feature_names.size());
    const std::vector<double> found = explain(forest, rows, 1 << 20);
    const std::size_t width = forest.feature_names.size() + 1;
    for (std::size_t row = 0; row < kTileRows; row += 9) {
      std::vector<double> values;
      for (const auto& column : rows.columns) values.push_back(column[row]);
      std::vector<long double> phi(width - 1);
      walk(forest.trees[0], values, 0, Path{}, phi);
      for (std::size_t f = 0; f + 1 < width; ++f) {
        const auto expected = static_cast<double>(phi[f]);
        EXPECT_NEAR(found[row * width + f], expected, std::max(1e-14, 1e-12 * std::abs(expected)))
            << nodes << " nodes, row " << row << ", feature " << f;
      }
    }
  }
}

TEST(Explainer, GivesTheSameBitsWhereItKeepsNoFactors) {
  const Forest forest = chain(60, 20);
  const Rows rows(forest.feature_names.size());
  EXPECT_EQ(explain(forest, rows, 0), explain(forest, rows, 1 << 20));
}

TEST(Explainer, KeepsFactorsUpToSoManyBytes) {
  const Forest forest = chain(9, 4);
  const SplitTable splits(forest);
  const std::size_t bytes = Explainer(forest, splits).table_bytes();
  EXPECT_GT(bytes, 0U);
  EXPECT_EQ(Explainer(forest, splits, bytes).table_bytes(), bytes);
  EXPECT_EQ(Explainer(forest, splits, bytes - 1).table_bytes(), 0U);
}

TEST(Explainer, LeavesUnusedFeaturesAtZero) {
  Forest forest = chain(5, 3);
  forest.feature_names.emplace_back("unused");
  const std::vector<double> found = explain(forest, Rows(4), 1 << 20);
  for (std::size_t row = 0; row < kTileRows; ++row) EXPECT_EQ(found[row * 5 + 3], 0);
}

}  // namespace
}  // namespace aml::forest
