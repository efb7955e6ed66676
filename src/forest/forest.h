#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace aml::forest {

// What a node does with a missing value; LightGBM's missing_type.
enum class Missing : std::uint8_t {
  none,  // NaN counts as 0
  zero,  // NaN and |x| <= 1e-35 take the default direction
  nan,   // NaN takes the default direction
};

// An inner node of a tree. A child c >= 0 is inner node c; c < 0 is leaf -1 - c. Children are
// numbered after their parents, and node 0 is the root.
struct Node {
  std::int32_t feature = 0;
  std::int32_t left = 0;
  std::int32_t right = 0;
  Missing missing = Missing::none;
  bool default_left = false;
  bool categorical = false;
  // Numerical: x <= threshold goes left, where |x| <= 1e-35f counts as 0. Never NaN.
  double threshold = 0;
  // Categorical: categories c with bit c % 32 of categories[first_word + c / 32] set go left; there
  // are `words` words. Everything else (NaN, negative, too large) goes right. A value is cut to its
  // integer first, so that -0.5 is category 0.
  std::uint32_t first_word = 0;
  std::uint32_t words = 0;
  // Training rows that reached the node: the weights of path-dependent TreeSHAP. The sum of its
  // children's; positive where the forest is `explainable`.
  double cover = 0;
};

struct Leaf {
  double value = 0;  // with shrinkage, as the file has it; finite
  double cover = 0;  // training rows; not negative
};

// Whether a child is a leaf, and its number among the leaves or the nodes.
inline bool is_leaf(std::int32_t child) { return child < 0; }
inline std::size_t index_of(std::int32_t child) {
  return static_cast<std::size_t>(is_leaf(child) ? -1 - child : child);
}

// One tree of n leaves and n - 1 inner nodes. A constant tree has one leaf and no node.
struct Tree {
  std::vector<Node> nodes;
  std::vector<Leaf> leaves;
  std::vector<std::uint32_t> categories;
  std::vector<float> gains;  // of each node's split; LightGBM's importance counts those above 0
};

inline double cover_of(const Tree& tree, std::int32_t child) {
  const std::size_t index = index_of(child);
  return is_leaf(child) ? tree.leaves[index].cover : tree.nodes[index].cover;
}

// How a published score is made of a raw one; LightGBM's ConvertOutput of the objective.
enum class Output : std::uint8_t {
  identity,     // regression, l1, huber, fair, quantile, mape, lambdarank, rank_xendcg, custom
  square,       // regression with sqrt: sign(x)·x²
  exponential,  // poisson, gamma, tweedie: e^x
  sigmoid,      // binary, cross_entropy: 1 / (1 + e^(-sigmoid·x))
  log1p_exp,    // cross_entropy_lambda: log(1 + e^x)
};

// A LightGBM ensemble with one output. The raw score is the sum of its trees in their order, and
// contributions add up to it, also where `average_output` (boosting=rf): like LightGBM, only the
// score is made of the mean.
struct Forest {
  std::vector<std::string> feature_names;
  std::vector<Tree> trees;
  std::string objective;  // as the file has it: "binary sigmoid:1"; empty for a custom one
  Output output = Output::identity;
  double sigmoid = 1;
  bool average_output = false;
  // False where a node has no training rows: scores are defined, and explanations are not.
  bool explainable = true;
  // Trained on pandas' categories: categorical columns must hold their codes.
  bool pandas_categories = false;
};

}  // namespace aml::forest
