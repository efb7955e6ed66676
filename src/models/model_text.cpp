#include "models/model_text.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/error.h"

namespace aml::models {

namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& what) {
  throw Error(
      ErrorKind::bad_input,
      fmt::format("{} is not an intact LightGBM text model: {}; copy it anew or train it again",
                  path.string(), what));
}

// "key=value" lines of one section, up to its first empty line.
using Section = std::map<std::string, std::string_view, std::less<>>;

// Walks the text line by line.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}
  bool at_end() const { return position_ >= text_.size(); }
  std::size_t position() const { return position_; }
  std::string_view next() {
    const std::size_t end = std::min(text_.find('\n', position_), text_.size());
    const std::string_view line = text_.substr(position_, end - position_);
    position_ = end + 1;
    return line;
  }
  void skip_empty() {
    while (!at_end() && text_[position_] == '\n') ++position_;
  }

 private:
  std::string_view text_;
  std::size_t position_ = 0;
};

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

template <typename Number>
std::optional<Number> parse_number(std::string_view word) {
  Number number{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return number;
}

// One section with words to complain about it.
class Reader {
 public:
  Reader(const std::filesystem::path& path, std::string where, Section section)
      : path_(path), where_(std::move(where)), section_(std::move(section)) {}

  [[noreturn]] void fail(const std::string& what) const { refuse(path_, where_ + ": " + what); }

  bool has(std::string_view key) const { return section_.contains(key); }

  std::string_view text(std::string_view key) const {
    const auto found = section_.find(key);
    if (found == section_.end()) fail(fmt::format("{} is missing", key));
    return found->second;
  }

  std::int64_t integer(std::string_view key) const {
    const auto number = parse_number<std::int64_t>(text(key));
    if (!number) fail(fmt::format("{} is no whole number", key));
    return *number;
  }

  template <typename Number>
  std::vector<Number> list(std::string_view key, std::size_t count) const {
    std::vector<Number> numbers;
    for (const std::string_view word : split(text(key))) {
      const auto number = parse_number<Number>(word);
      if (!number) fail(fmt::format("{} holds '{}', which is no number", key, word));
      numbers.push_back(*number);
    }
    if (numbers.size() != count) {
      fail(fmt::format("{} holds {} numbers where {} belong", key, numbers.size(), count));
    }
    return numbers;
  }

 private:
  const std::filesystem::path& path_;
  std::string where_;
  Section section_;
};

Section read_section(Lines& lines, const std::filesystem::path& path) {
  Section section;
  while (!lines.at_end()) {
    const std::string_view line = lines.next();
    if (line.empty()) break;
    const std::size_t equals = line.find('=');
    if (line == "average_output") {
      refuse(path, "its trees are averaged and not summed (train with boosting=gbdt)");
    }
    if (equals == std::string_view::npos || line.find('=', equals + 1) != std::string_view::npos) {
      refuse(path, fmt::format("'{}' is no line of such a model", line.substr(0, 40)));
    }
    const std::string key(line.substr(0, equals));
    if (!section.emplace(key, line.substr(equals + 1)).second) {
      refuse(path, fmt::format("{} stands twice in one section", key));
    }
  }
  return section;
}

// Child numbers: c >= 0 is inner node c, otherwise leaf -1 - c. Every node but the root has one
// parent, and LightGBM numbers children after their parents, so there is no cycle.
void check_children(const Reader& tree, std::size_t leaves) {
  const std::size_t inner = leaves - 1;
  std::vector<bool> node_seen(inner, false);
  std::vector<bool> leaf_seen(leaves, false);
  for (const char* key : {"left_child", "right_child"}) {
    const auto children = tree.list<std::int64_t>(key, inner);
    for (std::size_t node = 0; node < inner; ++node) {
      const bool is_leaf = children[node] < 0;
      const auto child = static_cast<std::size_t>(is_leaf ? -1 - children[node] : children[node]);
      std::vector<bool>& seen = is_leaf ? leaf_seen : node_seen;
      if (child >= seen.size() || seen[child] || (!is_leaf && child <= node)) {
        tree.fail(fmt::format("{} does not form a tree at node {}", key, node));
      }
      seen[child] = true;
    }
  }
}

// The other arrays of the inner nodes and leaves: LightGBM reads as many numbers as it expects,
// whatever is there, and ends the program where one of the first two is missing.
void check_arrays(const Reader& tree, std::size_t leaves) {
  tree.list<double>("threshold", leaves - 1);
  tree.list<std::int64_t>("decision_type", leaves - 1);
  for (const char* key : {"split_gain", "internal_value", "internal_weight"}) {
    if (tree.has(key)) tree.list<double>(key, leaves - 1);
  }
  if (tree.has("leaf_weight")) tree.list<double>("leaf_weight", leaves);
  if (tree.has("shrinkage")) tree.list<double>("shrinkage", 1);
}

// Categorical splits: threshold is the index of a set of categories, a bitmap of 32-bit words.
void check_categories(const Reader& tree, std::size_t inner, std::int64_t sets) {
  const auto kinds = tree.list<std::int64_t>("decision_type", inner);
  const auto thresholds = tree.list<double>("threshold", inner);
  for (std::size_t node = 0; node < inner; ++node) {
    if (kinds[node] % 2 == 0) continue;
    if (!(thresholds[node] >= 0 && thresholds[node] < static_cast<double>(sets))) {
      tree.fail(fmt::format("node {} names a set of categories that is not there", node));
    }
  }
  if (sets == 0) return;
  const auto bounds = tree.list<std::int64_t>("cat_boundaries", static_cast<std::size_t>(sets) + 1);
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    if (bounds[i] < 0 || bounds[i] > bounds[i + 1]) tree.fail("cat_boundaries do not ascend");
  }
  tree.list<std::uint32_t>("cat_threshold", static_cast<std::size_t>(bounds.back()));
}

constexpr std::int64_t kMostLeaves = 1'000'000;

void check_tree(const Reader& tree, std::size_t features) {
  const std::int64_t leaves = tree.integer("num_leaves");
  if (leaves < 1 || leaves > kMostLeaves) tree.fail("num_leaves is out of range");
  if (tree.has("is_linear") && tree.integer("is_linear") != 0) {
    tree.fail("linear trees are not supported (train with linear_tree=false)");
  }
  for (const double value : tree.list<double>("leaf_value", static_cast<std::size_t>(leaves))) {
    if (!std::isfinite(value)) tree.fail("leaf_value holds a number that is not finite");
  }
  const std::int64_t sets = tree.integer("num_cat");
  if (sets < 0 || sets > leaves) tree.fail("num_cat is out of range");
  if (leaves == 1) return;

  const auto inner = static_cast<std::size_t>(leaves - 1);
  for (const std::int64_t feature : tree.list<std::int64_t>("split_feature", inner)) {
    if (feature < 0 || static_cast<std::size_t>(feature) >= features) {
      tree.fail(fmt::format("split_feature {} does not exist", feature));
    }
  }
  check_children(tree, inner + 1);
  check_arrays(tree, inner + 1);
  check_categories(tree, inner, sets);
  // Explanations weigh the branches by the rows that took them.
  for (const std::int64_t rows : tree.list<std::int64_t>("leaf_count", inner + 1)) {
    if (rows < 0) tree.fail("leaf_count is negative");
  }
  for (const std::int64_t rows : tree.list<std::int64_t>("internal_count", inner)) {
    if (rows <= 0) tree.fail("internal_count is not positive");
  }
}

ModelText check_head(const Reader& head) {
  const std::string_view version = head.text("version");
  if (version != "v3" && version != "v4") {
    head.fail(fmt::format("version '{}' is neither v3 nor v4", version));
  }
  if (head.integer("num_class") != 1 || head.integer("num_tree_per_iteration") != 1) {
    head.fail("it has several classes, and one score per row is wanted");
  }
  ModelText model;
  std::set<std::string_view> seen;
  for (const std::string_view name : split(head.text("feature_names"))) {
    if (!seen.insert(name).second) head.fail(fmt::format("feature '{}' is named twice", name));
    model.feature_names.emplace_back(name);
  }
  if (model.feature_names.empty() ||
      head.integer("max_feature_idx") + 1 != std::ssize(model.feature_names)) {
    head.fail("feature_names and max_feature_idx do not agree");
  }
  if (split(head.text("feature_infos")).size() != model.feature_names.size()) {
    head.fail("feature_infos and feature_names do not agree");
  }
  if (head.has("objective")) model.objective = head.text("objective");
  // These give log-odds, or a raw score that is published as if it were.
  for (const char* known : {"", "binary sigmoid:1", "cross_entropy", "lambdarank", "rank_xendcg"}) {
    if (model.objective == known) return model;
  }
  head.fail("its objective '" + model.objective +
            "' is none of binary sigmoid:1, cross_entropy, lambdarank, rank_xendcg");
}

// The sizes in bytes of the trees, by which LightGBM finds them; nothing where the head has none.
std::optional<std::vector<std::size_t>> tree_sizes(const Reader& head) {
  if (!head.has("tree_sizes")) return std::nullopt;
  return head.list<std::size_t>("tree_sizes", split(head.text("tree_sizes")).size());
}

}  // namespace

ModelText check_model_text(std::string_view text, const std::filesystem::path& path) {
  if (text.find('\0') != std::string_view::npos) refuse(path, "it holds binary data");
  Lines lines(text);
  if (lines.next() != "tree") refuse(path, "its first line is not 'tree'");
  const Reader head(path, "in its head", read_section(lines, path));
  ModelText model = check_head(head);
  const auto sizes = tree_sizes(head);

  for (lines.skip_empty();; lines.skip_empty()) {
    if (lines.at_end()) refuse(path, "it breaks off before 'end of trees'");
    const std::size_t begin = lines.position();
    const std::string_view title = lines.next();
    if (title == "end of trees") break;
    const std::string where = fmt::format("Tree={}", model.trees);
    if (title != where) refuse(path, fmt::format("'{}' stands where {} belongs", title, where));
    check_tree(Reader(path, where, read_section(lines, path)), model.feature_names.size());
    lines.skip_empty();
    if (sizes &&
        (model.trees >= sizes->size() || lines.position() - begin != sizes->at(model.trees))) {
      refuse(path, where + " is not as long as tree_sizes says");
    }
    ++model.trees;
  }
  if (sizes && sizes->size() != model.trees) {
    refuse(path,
           fmt::format("it has {} trees and tree_sizes names {}", model.trees, sizes->size()));
  }
  if (model.trees == 0) refuse(path, "it has no trees");
  return model;
}

}  // namespace aml::models
