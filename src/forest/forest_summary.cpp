#include "forest/forest_summary.h"

#include <algorithm>

namespace aml::forest {

namespace {

// Children are numbered after their parents, so one pass from the root knows every depth.
std::size_t depth_of(const Tree& tree) {
  std::vector<std::size_t> depths(tree.nodes.size(), 1);
  std::size_t deepest = 0;
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
    for (const std::int32_t child : {tree.nodes[i].left, tree.nodes[i].right}) {
      if (!is_leaf(child)) depths[index_of(child)] = depths[i] + 1;
    }
    deepest = std::max(deepest, depths[i]);
  }
  return deepest;
}

}  // namespace

std::size_t ForestSummary::used_features() const {
  return static_cast<std::size_t>(
      std::count_if(importances.begin(), importances.end(),
                    [](const Importance& importance) { return importance.splits > 0; }));
}

ForestSummary summarize(const Forest& forest) {
  ForestSummary summary;
  summary.trees = forest.trees.size();
  for (const std::string& name : forest.feature_names) summary.importances.push_back({name});
  for (const Tree& tree : forest.trees) {
    const std::size_t leaves = tree.leaves.size();
    summary.leaves += leaves;
    summary.fewest_leaves =
        summary.fewest_leaves == 0 ? leaves : std::min(summary.fewest_leaves, leaves);
    summary.most_leaves = std::max(summary.most_leaves, leaves);
    summary.depth = std::max(summary.depth, depth_of(tree));
    for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
      if (tree.nodes[i].categorical) ++summary.categorical_splits;
      // LightGBM counts no split without gain.
      if (!(tree.gains[i] > 0)) continue;
      Importance& importance = summary.importances[static_cast<std::size_t>(tree.nodes[i].feature)];
      ++importance.splits;
      importance.gain += tree.gains[i];
    }
  }
  return summary;
}

}  // namespace aml::forest
