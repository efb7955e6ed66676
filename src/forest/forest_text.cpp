#include "forest/forest_text.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "forest/objective.h"
#include "forest/text_section.h"

namespace aml::forest {

namespace {

constexpr std::uint64_t kMostFileBytes = 1 << 30;  // a large model has some 100 MB
constexpr std::int64_t kMostLeaves = 1'000'000;
constexpr std::size_t kMostLines = 22;  // of a tree; LightGBM reads no more

// decision_type: bit 0 categorical, bit 1 default left, bits 2 and 3 missing_type.
constexpr std::int64_t kCategorical = 1;
constexpr std::int64_t kDefaultLeft = 2;
constexpr std::int64_t kMissingTypes = 3;

// Every node but the root has one parent, and LightGBM numbers children after their parents, so
// there is no cycle.
void read_children(const Section& section, Tree& tree) {
  std::vector<bool> node_seen(tree.nodes.size(), false);
  std::vector<bool> leaf_seen(tree.leaves.size(), false);
  for (const char* key : {"left_child", "right_child"}) {
    const bool is_left = key[0] == 'l';
    const auto children = section.list<std::int32_t>(key, tree.nodes.size());
    for (std::size_t node = 0; node < children.size(); ++node) {
      const std::int32_t child = children[node];
      const std::size_t index = index_of(child);
      std::vector<bool>& seen = is_leaf(child) ? leaf_seen : node_seen;
      if (index >= seen.size() || seen[index] || (!is_leaf(child) && index <= node)) {
        section.fail(fmt::format("{} does not form a tree at node {}", key, node));
      }
      seen[index] = true;
      (is_left ? tree.nodes[node].left : tree.nodes[node].right) = child;
    }
  }
}

void read_features(const Section& section, Tree& tree, std::size_t features) {
  const auto indices = section.list<std::int32_t>("split_feature", tree.nodes.size());
  for (std::size_t node = 0; node < indices.size(); ++node) {
    if (indices[node] < 0 || static_cast<std::size_t>(indices[node]) >= features) {
      section.fail(fmt::format("split_feature {} does not exist", indices[node]));
    }
    tree.nodes[node].feature = indices[node];
  }
}

// The sets of categories, bitmaps of 32-bit words one after the other: where each begins, and the
// end of the last.
std::vector<std::uint32_t> read_categories(const Section& section, Tree& tree) {
  const std::int64_t sets = section.integer("num_cat");
  if (sets < 0 || sets > std::ssize(tree.nodes)) section.fail("num_cat is out of range");
  if (sets == 0) return {0};
  auto bounds = section.list<std::uint32_t>("cat_boundaries", static_cast<std::size_t>(sets) + 1);
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    if (bounds[i] > bounds[i + 1]) section.fail("cat_boundaries do not ascend");
  }
  // LightGBM counts the words in an int.
  if (bounds[0] != 0 || bounds.back() > std::numeric_limits<std::int32_t>::max()) {
    section.fail("cat_boundaries are out of range");
  }
  tree.categories = section.list<std::uint32_t>("cat_threshold", bounds.back());
  return bounds;
}

void read_decisions(const Section& section, Tree& tree) {
  const std::vector<std::uint32_t> bounds = read_categories(section, tree);
  const auto kinds = section.list<std::int64_t>("decision_type", tree.nodes.size());
  const auto thresholds = section.list<double>("threshold", tree.nodes.size());
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
    Node& node = tree.nodes[i];
    const std::int64_t missing = kinds[i] >> 2;
    if (kinds[i] < 0 || missing >= kMissingTypes) {
      section.fail(fmt::format("decision_type {} is not known", kinds[i]));
    }
    node.missing = static_cast<Missing>(missing);
    node.default_left = (kinds[i] & kDefaultLeft) != 0;
    node.categorical = (kinds[i] & kCategorical) != 0;
    node.threshold = thresholds[i];
    if (std::isnan(node.threshold)) section.fail(fmt::format("the threshold of node {} is NaN", i));
    if (!node.categorical) continue;
    const auto sets = static_cast<double>(bounds.size() - 1);
    if (!(node.threshold >= 0 && node.threshold < sets) ||
        node.threshold != std::floor(node.threshold)) {
      section.fail(fmt::format("node {} names a set of categories that is not there", i));
    }
    const auto set = static_cast<std::size_t>(node.threshold);
    node.first_word = bounds[set];
    node.words = bounds[set + 1] - bounds[set];
  }
}

// Training rows of leaves and nodes: the weights of explanations, not of scores. LightGBM counts
// them in an int.
void read_counts(const Section& section, Tree& tree) {
  const auto leaf_counts = section.list<std::int32_t>("leaf_count", tree.leaves.size());
  const auto node_counts = section.list<std::int32_t>("internal_count", tree.nodes.size());
  for (std::size_t leaf = 0; leaf < leaf_counts.size(); ++leaf) {
    if (leaf_counts[leaf] < 0) section.fail("leaf_count is negative");
    tree.leaves[leaf].cover = leaf_counts[leaf];
  }
  for (std::size_t node = 0; node < node_counts.size(); ++node) {
    tree.nodes[node].cover = node_counts[node];
  }
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
    const Node& node = tree.nodes[i];
    if (node.cover != cover_of(tree, node.left) + cover_of(tree, node.right)) {
      section.fail(fmt::format("internal_count {} of node {} is not the sum of its children's",
                               node_counts[i], i));
    }
  }
}

// Read by LightGBM too, though no score needs them.
void check_unused(const Section& section, const Tree& tree) {
  for (const char* key : {"internal_value", "internal_weight"}) {
    if (section.has(key)) section.list<double>(key, tree.nodes.size());
  }
  if (section.has("leaf_weight")) section.list<double>("leaf_weight", tree.leaves.size());
}

Tree read_tree(const Section& section, std::size_t features) {
  const std::int64_t leaves = section.integer("num_leaves");
  if (leaves < 1 || leaves > kMostLeaves) section.fail("num_leaves is out of range");
  if (section.has("is_linear") && section.integer("is_linear") != 0) {
    section.fail_kind("it has linear trees; train it with linear_tree=false");
  }
  if (section.size() > kMostLines) section.fail("it has more lines than a tree may have");
  if (section.has("shrinkage")) section.quick_list("shrinkage", 1);
  Tree tree;
  for (const double value : section.list<double>("leaf_value", static_cast<std::size_t>(leaves))) {
    if (!std::isfinite(value)) section.fail("leaf_value holds a number that is not finite");
    tree.leaves.push_back({value, 0});
  }
  if (leaves == 1) {
    if (section.integer("num_cat") != 0) section.fail("num_cat is out of range");
    // Of a model that was read and saved again LightGBM leaves it empty.
    if (section.has("leaf_count") && !section.text("leaf_count").empty())
      read_counts(section, tree);
    return tree;
  }
  tree.nodes.resize(static_cast<std::size_t>(leaves) - 1);
  read_features(section, tree, features);
  read_children(section, tree);
  read_decisions(section, tree);
  read_counts(section, tree);
  check_unused(section, tree);
  tree.gains.resize(tree.nodes.size());
  if (section.has("split_gain")) {
    const auto gains = section.quick_list("split_gain", tree.nodes.size());
    for (std::size_t i = 0; i < gains.size(); ++i) tree.gains[i] = static_cast<float>(gains[i]);
  }
  return tree;
}

void read_names(const Section& head, Forest& forest) {
  std::set<std::string_view> seen;
  for (const std::string_view name : split_words(head.text("feature_names"))) {
    if (!seen.insert(name).second) head.fail(fmt::format("feature '{}' is named twice", name));
    forest.feature_names.emplace_back(name);
  }
  if (forest.feature_names.empty() ||
      head.integer("max_feature_idx") + 1 != std::ssize(forest.feature_names)) {
    head.fail("feature_names and max_feature_idx do not agree");
  }
  if (split_words(head.text("feature_infos")).size() != forest.feature_names.size()) {
    head.fail("feature_infos and feature_names do not agree");
  }
  if (head.has("monotone_constraints")) {
    head.list<std::int8_t>("monotone_constraints", forest.feature_names.size());
  }
}

void read_objective(const Section& head, Forest& forest) {
  if (!head.has("objective")) return;
  forest.objective = head.text("objective");
  const auto objective = parse_objective(forest.objective);
  if (!objective || forest.objective.empty()) {
    head.fail_kind("its objective '" + forest.objective + "' is not known");
  }
  forest.output = objective->output;
  forest.sigmoid = objective->sigmoid;
}

Forest read_head(const Section& head) {
  if (head.has("Tree")) head.fail("a tree begins in it");
  const std::string_view version = head.text("version");
  if (version != "v3" && version != "v4") {
    head.fail_kind(fmt::format("version '{}' is neither v3 nor v4", version));
  }
  if (head.integer("num_class") != 1 || head.integer("num_tree_per_iteration") != 1) {
    head.fail_kind(
        "it is a multi-class model, which gives several scores a row; train one with a "
        "single score, such as objective=binary");
  }
  head.integer("label_index");
  Forest forest;
  forest.average_output = head.has("average_output");
  read_names(head, forest);
  read_objective(head, forest);
  return forest;
}

// The sizes in bytes of the trees, by which LightGBM finds them; nothing where the head has none.
std::optional<std::vector<std::size_t>> tree_sizes(const Section& head) {
  if (!head.has("tree_sizes")) return std::nullopt;
  return head.list<std::size_t>("tree_sizes", split_words(head.text("tree_sizes")).size());
}

bool has_rows_everywhere(const Forest& forest) {
  for (const Tree& tree : forest.trees) {
    for (const Node& node : tree.nodes) {
      if (node.cover == 0) return false;
    }
  }
  return true;
}

// pandas' categories of the training data, which LightGBM's Python package adds to the end.
bool has_pandas_categories(std::string_view text) {
  constexpr std::string_view kKey = "\npandas_categorical:";
  const std::size_t found = text.rfind(kKey);
  if (found == std::string_view::npos) return false;
  const std::string_view list = text.substr(found + kKey.size(), 4);
  return list.starts_with('[') && !list.starts_with("[]");
}

// Models of other libraries, by how their files begin.
void refuse_other_library(std::string_view text, const std::filesystem::path& path) {
  const std::string_view head = text.substr(0, 65536);
  const bool is_object = head.starts_with('{');
  const auto has = [&](std::string_view word) { return head.find(word) != std::string_view::npos; };
  const char* kind = nullptr;
  if (head.starts_with("CBM1") || (is_object && has("\"oblivious_trees\""))) {
    kind = "a CatBoost model";
  } else if (head.starts_with("binf") || head.starts_with("bs64\t") ||
             (is_object && (has("learner") || has("gradient_booster")))) {
    kind = "an XGBoost model";
  } else if (head.starts_with("booster[")) {
    kind = "a dump of an XGBoost model";
  } else if (is_object && has("\"tree_info\"")) {
    kind = "LightGBM's JSON dump";
  }
  if (kind == nullptr) return;
  throw Error(ErrorKind::bad_input,
              fmt::format("{} is {}, which is not supported: only the text that LightGBM's "
                          "save_model writes can be read",
                          path.string(), kind));
}

}  // namespace

Forest read_forest(std::string_view text, const std::filesystem::path& path) {
  refuse_other_library(text, path);
  if (text.find('\0') != std::string_view::npos) refuse_model(path, "it holds binary data");
  Lines lines(text, path);
  if (lines.next() != "tree") refuse_model(path, "its first line is not 'tree'");
  const Section head(lines, path, "in its head");
  Forest forest = read_head(head);
  const auto sizes = tree_sizes(head);

  for (lines.skip_empty();; lines.skip_empty()) {
    if (lines.at_end()) refuse_model(path, "it breaks off before 'end of trees'");
    const std::size_t begin = lines.length();
    const std::string_view title = lines.next();
    if (title == "end of trees") break;
    const std::size_t number = forest.trees.size();
    const std::string where = fmt::format("Tree={}", number);
    if (title != where) {
      refuse_model(path, fmt::format("'{}' stands where {} belongs", title.substr(0, 40), where));
    }
    forest.trees.push_back(read_tree(Section(lines, path, where), forest.feature_names.size()));
    lines.skip_empty();
    if (sizes && (number >= sizes->size() || lines.length() - begin != sizes->at(number))) {
      refuse_model(path, where + " is not as long as tree_sizes says");
    }
  }
  if (sizes && sizes->size() != forest.trees.size()) {
    refuse_model(path, fmt::format("it has {} trees and tree_sizes names {}", forest.trees.size(),
                                   sizes->size()));
  }
  if (forest.trees.empty()) refuse_model(path, "it has no trees");
  forest.explainable = has_rows_everywhere(forest);
  forest.pandas_categories = has_pandas_categories(text);
  return forest;
}

Forest read_forest(const std::filesystem::path& path) {
  return read_forest(read_file(path, kMostFileBytes), path);
}

}  // namespace aml::forest
