#include "forest/row_walk.h"

#include "forest/feature_value.h"

namespace aml::forest {

namespace {

constexpr std::uint64_t kCategoriesPerWord = 32;  // of LightGBM's sets

bool has_category(const Tree& tree, const Node& node, double value) {
  const std::uint64_t category = category_of(value);
  if (category >= node.words * kCategoriesPerWord) return false;
  const std::uint32_t word = tree.categories[node.first_word + category / kCategoriesPerWord];
  return (word >> (category % kCategoriesPerWord) & 1) != 0;
}

}  // namespace

bool goes_left(const Tree& tree, const Node& node, double value) {
  if (node.categorical) return has_category(tree, node, value);
  const bool is_nan = std::isnan(value);
  if (node.missing == Missing::none) return (is_nan ? 0 : value) <= node.threshold;
  const bool is_missing = is_nan || (node.missing == Missing::zero && value == 0);
  return is_missing ? node.default_left : value <= node.threshold;
}

double walk_row(const Forest& forest, const ModelInput& input, std::size_t row) {
  double sum = 0;
  for (const Tree& tree : forest.trees) {
    std::int32_t at = tree.nodes.empty() ? -1 : 0;
    while (!is_leaf(at)) {
      const Node& node = tree.nodes[index_of(at)];
      const double value = input.columns[static_cast<std::size_t>(node.feature)][row];
      at = goes_left(tree, node, without_tiny(value)) ? node.left : node.right;
    }
    sum += tree.leaves[index_of(at)].value;
  }
  return sum;
}

}  // namespace aml::forest
