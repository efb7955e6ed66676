#include "forest/split_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <utility>

#include "forest/feature_value.h"

namespace aml::forest {

namespace {

constexpr std::size_t kWordBits = 64;
constexpr std::size_t kCategoriesPerWord = 32;  // of LightGBM's sets

// A feature's values in a tile, as LightGBM's C interface hands them on.
void read_values(std::span<const double> column, TileValues& values) {
  for (std::size_t row = 0; row < column.size(); ++row) {
    values[row] = without_tiny(column[row]);
  }
}

using Categories = std::vector<std::uint32_t>;

}  // namespace

struct SplitTable::Asked {
  // The numbers to fill in, by threshold and rule, and by the set of categories.
  std::map<std::pair<double, MissingRule>, std::vector<std::uint32_t*>> numerical;
  std::map<Categories, std::vector<std::uint32_t*>> categorical;

  void add(const Tree& tree, const Node& node, std::uint32_t& number) {
    if (node.categorical) {
      const auto words = tree.categories.begin() + node.first_word;
      categorical[Categories(words, words + node.words)].push_back(&number);
      return;
    }
    // NaN counts as zero where nothing is missing.
    const bool goes_left = node.missing == Missing::none ? 0 <= node.threshold : node.default_left;
    MissingRule rule = goes_left ? MissingRule::nan_left : MissingRule::nan_right;
    if (node.missing == Missing::zero) {
      rule = goes_left ? MissingRule::zero_left : MissingRule::zero_right;
    }
    numerical[{node.threshold, rule}].push_back(&number);
  }
};

SplitTable::SplitTable(const Forest& forest) {
  std::vector<Asked> asked(forest.feature_names.size());
  for (const Tree& tree : forest.trees) {
    std::vector<std::uint32_t>& numbers = of_node_.emplace_back(tree.nodes.size());
    for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
      const Node& node = tree.nodes[i];
      asked[static_cast<std::size_t>(node.feature)].add(tree, node, numbers[i]);
    }
  }
  for (std::size_t feature = 0; feature < asked.size(); ++feature) {
    if (!asked[feature].numerical.empty()) number_numerical(feature, asked[feature]);
    if (!asked[feature].categorical.empty()) number_categorical(feature, asked[feature]);
  }
}

void SplitTable::number_numerical(std::size_t feature, const Asked& asked) {
  Numerical& splits = numerical_.emplace_back();
  splits.feature = feature;
  splits.first = size_;
  for (const auto& [split, nodes] : asked.numerical) {
    for (std::uint32_t* node : nodes) *node = static_cast<std::uint32_t>(size_);
    splits.thresholds.push_back(split.first);
    splits.rules.push_back(split.second);
    ++size_;
  }
}

void SplitTable::number_categorical(std::size_t feature, const Asked& asked) {
  // Sets of like size share their words, so that a huge category does not cost one in each.
  std::vector<const Categories*> sets;
  for (const auto& [set, nodes] : asked.categorical) sets.push_back(&set);
  std::ranges::stable_sort(sets, std::greater{}, [](const Categories* set) { return set->size(); });
  for (const Categories* set : sets) {
    const std::size_t categories = set->size() * kCategoriesPerWord;
    if (categorical_.empty() || categorical_.back().feature != feature ||
        categorical_.back().count == kWordBits) {
      Categorical& group = categorical_.emplace_back();
      group.feature = feature;
      group.first = size_;
      group.left_of.resize(categories);
    }
    Categorical& group = categorical_.back();
    for (std::size_t c = 0; c < categories; ++c) {
      const std::uint64_t is_left = (*set)[c / kCategoriesPerWord] >> (c % kCategoriesPerWord) & 1;
      group.left_of[c] |= is_left << group.count;
    }
    ++group.count;
    for (std::uint32_t* node : asked.categorical.at(*set)) {
      *node = static_cast<std::uint32_t>(size_);
    }
    ++size_;
  }
}

void SplitTable::place_missing(const Numerical& splits, RowBits nan, RowBits zero,
                               std::span<RowBits> left) {
  // By rule.
  const std::array<RowBits, 4> to_right = {nan, 0, nan | zero, 0};
  const std::array<RowBits, 4> to_left = {0, nan, 0, nan | zero};
  for (std::size_t i = 0; i < left.size(); ++i) {
    const auto rule = static_cast<std::size_t>(splits.rules[i]);
    left[i] = (left[i] & ~to_right[rule]) | to_left[rule];
  }
}

void SplitTable::decide(const ModelInput& input, std::size_t begin, InstructionSet set,
                        std::span<RowBits> left) const {
  constexpr double kBelowZero = -std::numeric_limits<double>::denorm_min();
  constexpr std::array kLimits = {kBelowZero, 0.0, std::numeric_limits<double>::infinity()};
  const RowQuestions ask = row_questions(set);
  const std::size_t rows = std::min(kTileRows, input.rows - begin);
  TileValues values{};
  for (const Numerical& splits : numerical_) {
    read_values(input.columns[splits.feature].subspan(begin, rows), values);
    std::array<RowBits, kLimits.size()> limits;
    ask.at_most(values, kLimits, limits);
    const RowBits zero = limits[1] & ~limits[0];
    const RowBits nan = ~limits[2];
    const std::span<RowBits> found = left.subspan(splits.first, splits.thresholds.size());
    ask.at_most(values, splits.thresholds, found);
    if ((zero | nan) != 0) place_missing(splits, nan, zero, found);
  }
  for (const Categorical& splits : categorical_) {
    read_values(input.columns[splits.feature].subspan(begin, rows), values);
    TileWords words;
    for (std::size_t row = 0; row < kTileRows; ++row) {
      const std::uint64_t c = category_of(values[row]);
      words[row] = c < splits.left_of.size() ? splits.left_of[c] : 0;
    }
    ask.has_bit(words, left.subspan(splits.first, splits.count));
  }
}

}  // namespace aml::forest
