#include "forest/scorer.h"

#include <algorithm>

#include "forest/leaf_sums.h"

namespace aml::forest {

Scorer::Scorer(const Forest& forest, const SplitTable& splits) {
  for (std::size_t tree = 0; tree < forest.trees.size(); ++tree) {
    const Tree& from = forest.trees[tree];
    const auto place = [&](std::int32_t child) {
      const std::size_t first = is_leaf(child) ? from.nodes.size() : 0;
      return static_cast<std::uint32_t>(first + index_of(child));
    };
    ScoreTree& to = trees_.emplace_back();
    for (std::size_t i = 0; i < from.nodes.size(); ++i) {
      to.nodes.push_back(
          {splits.of(tree)[i], place(from.nodes[i].left), place(from.nodes[i].right)});
    }
    for (const Leaf& leaf : from.leaves) to.values.push_back(leaf.value);
    most_places_ = std::max(most_places_, from.nodes.size() + from.leaves.size());
  }
}

void Scorer::score(std::span<const RowBits> left, InstructionSet set, std::span<double> raw) const {
  const AddLeaves add = add_leaves(set);
  TileSums sums{};
  std::vector<RowBits> reached(most_places_);
  for (const ScoreTree& tree : trees_) {
    reached[0] = ~RowBits{0};
    for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
      const ScoreNode& node = tree.nodes[i];
      const RowBits rows = reached[i];
      const RowBits goes_left = left[node.split];
      reached[node.left] = rows & goes_left;
      reached[node.right] = rows & ~goes_left;
    }
    add(std::span(reached).subspan(tree.nodes.size(), tree.values.size()), tree.values, sums);
  }
  std::copy_n(sums.begin(), raw.size(), raw.begin());
}

}  // namespace aml::forest
