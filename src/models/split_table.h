#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/forest.h"
#include "models/instruction_set.h"
#include "models/model_input.h"

namespace aml::models {

// Rows are scored 64 at a time, a bit of a word for each.
inline constexpr std::size_t kTileRows = 64;
using RowBits = std::uint64_t;  // bit r: row r of the tile

// What every split of a forest says of a tile's rows. Splits that many nodes share are decided
// once; all that follows is arithmetic on bits, where neither missing values nor categories matter.
class SplitTable {
 public:
  explicit SplitTable(const Forest& forest);

  // Number of different splits.
  std::size_t size() const { return size_; }

  // The splits of a tree's nodes, below size().
  std::span<const std::uint32_t> of(std::size_t tree) const { return of_node_[tree]; }

  // left[s]: the rows that split s sends left, as LightGBM's Tree::Decision does after its C
  // interface took values within ±1e-35 for zero. Row r is row begin + r of `input`; bits past the
  // last row are undefined.
  // REQUIRES: left.size() == size(), begin < input.rows.
  void decide(const ModelInput& input, std::size_t begin, InstructionSet set,
              std::span<RowBits> left) const;

 private:
  struct Numerical {
    double threshold;
    std::uint32_t split;
    bool zero_is_missing;  // otherwise only NaN is
    bool missing_left;
  };
  struct Categorical {
    std::vector<std::uint32_t> categories;  // bitset of those that go left
    std::uint32_t split;
  };
  struct FeatureSplits {
    std::size_t feature;
    std::vector<Numerical> numerical;  // by threshold
    std::vector<Categorical> categorical;
  };

  static void decide_categorical(std::span<const double> values, const FeatureSplits& splits,
                                 std::span<RowBits> left);

  std::vector<FeatureSplits> features_;  // those that a split uses
  std::vector<std::vector<std::uint32_t>> of_node_;
  std::size_t size_ = 0;
};

}  // namespace aml::models
