#include "models/split_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace aml::models {

namespace {

// LightGBM's kZeroThreshold, a float.
constexpr double kZero = 1e-35F;

using TileValues = std::array<double, kTileRows>;

// The rows whose value is at most `threshold`; NaN is not.
using AtMost = RowBits (*)(const TileValues& values, double threshold);

RowBits at_most_plain(const TileValues& values, double threshold) {
  RowBits bits = 0;
  for (std::size_t row = 0; row < kTileRows; ++row) {
    bits |= static_cast<RowBits>(values[row] <= threshold) << row;
  }
  return bits;
}

#if defined(__x86_64__)
AML_TARGET_AVX2 RowBits at_most_avx2(const TileValues& values, double threshold) {
  const __m256d wide = _mm256_set1_pd(threshold);
  RowBits bits = 0;
  for (std::size_t row = 0; row < kTileRows; row += 4) {
    const __m256d less = _mm256_cmp_pd(_mm256_loadu_pd(&values[row]), wide, _CMP_LE_OQ);
    bits |= static_cast<RowBits>(_mm256_movemask_pd(less)) << row;
  }
  return bits;
}

AML_TARGET_AVX512 RowBits at_most_avx512(const TileValues& values, double threshold) {
  const __m512d wide = _mm512_set1_pd(threshold);
  RowBits bits = 0;
  for (std::size_t row = 0; row < kTileRows; row += 8) {
    bits |=
        static_cast<RowBits>(_mm512_cmp_pd_mask(_mm512_loadu_pd(&values[row]), wide, _CMP_LE_OQ))
        << row;
  }
  return bits;
}
#endif

AtMost at_most(InstructionSet set) {
#if defined(__x86_64__)
  if (set == InstructionSet::avx512) return at_most_avx512;
  if (set == InstructionSet::avx2) return at_most_avx2;
#endif
  static_cast<void>(set);
  return at_most_plain;
}

// static_cast<int> of a double as x86 does it, with everything that is no category made -1.
std::int64_t category(double value) {
  constexpr double kEnd = 2147483648.0;
  return value > -1 && value < kEnd ? static_cast<std::int64_t>(value) : -1;
}

}  // namespace

SplitTable::SplitTable(const Forest& forest) {
  using Key = std::tuple<std::int32_t, bool, double, bool, bool, std::vector<std::uint32_t>>;
  std::map<Key, std::uint32_t> known;
  std::map<std::size_t, FeatureSplits> by_feature;
  for (const Tree& tree : forest.trees) {
    std::vector<std::uint32_t>& of_node = of_node_.emplace_back();
    for (const Node& node : tree.nodes) {
      const auto words = tree.categories.begin() + node.first_word;
      std::vector<std::uint32_t> categories;
      if (node.categorical) categories.assign(words, words + node.words);
      const bool zero_is_missing = node.missing == Missing::zero;
      // NaN counts as zero where nothing is missing.
      const bool missing_left =
          node.missing == Missing::none ? 0 <= node.threshold : node.default_left;
      const Key key = node.categorical ? Key{node.feature, true, 0, false, false, categories}
                                       : Key{node.feature,    false,        node.threshold,
                                             zero_is_missing, missing_left, {}};
      const auto [found, is_new] = known.emplace(key, static_cast<std::uint32_t>(size_));
      of_node.push_back(found->second);
      if (!is_new) continue;
      const auto split = static_cast<std::uint32_t>(size_++);
      FeatureSplits& splits = by_feature[static_cast<std::size_t>(node.feature)];
      if (node.categorical) {
        splits.categorical.push_back({std::move(categories), split});
      } else {
        splits.numerical.push_back({node.threshold, split, zero_is_missing, missing_left});
      }
    }
  }
  for (auto& [feature, splits] : by_feature) {
    splits.feature = feature;
    features_.push_back(std::move(splits));
  }
}

void SplitTable::decide_categorical(std::span<const double> values, const FeatureSplits& splits,
                                    std::span<RowBits> left) {
  std::array<std::int64_t, kTileRows> categories;
  for (std::size_t row = 0; row < kTileRows; ++row) categories[row] = category(values[row]);
  for (const Categorical& split : splits.categorical) {
    const auto words = static_cast<std::int64_t>(split.categories.size());
    RowBits bits = 0;
    for (std::size_t row = 0; row < kTileRows; ++row) {
      const std::int64_t word = categories[row] >> 5;  // negative stays negative
      if (word < 0 || word >= words) continue;
      const std::uint32_t set = split.categories[static_cast<std::size_t>(word)];
      bits |= static_cast<RowBits>((set >> (categories[row] & 31)) & 1) << row;
    }
    left[split.split] = bits;
  }
}

void SplitTable::decide(const ModelInput& input, std::size_t begin, InstructionSet set,
                        std::span<RowBits> left) const {
  const AtMost compare = at_most(set);
  const std::size_t rows = std::min(kTileRows, input.rows - begin);
  TileValues values{};
  for (const FeatureSplits& splits : features_) {
    const std::span<const double> column = input.columns[splits.feature].subspan(begin, rows);
    RowBits nan = 0;
    RowBits zero = 0;
    for (std::size_t row = 0; row < rows; ++row) {
      const double value = column[row];
      const bool is_zero = std::abs(value) <= kZero;
      values[row] = is_zero ? 0 : value;
      zero |= static_cast<RowBits>(is_zero) << row;
      nan |= static_cast<RowBits>(std::isnan(value)) << row;
    }
    for (const Numerical& split : splits.numerical) {
      const RowBits missing = split.zero_is_missing ? nan | zero : nan;
      const RowBits less = compare(values, split.threshold);
      left[split.split] = split.missing_left ? less | missing : less & ~missing;
    }
    if (!splits.categorical.empty()) decide_categorical(values, splits, left);
  }
}

}  // namespace aml::models
