#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/instruction_set.h"
#include "forest/forest.h"
#include "forest/model_input.h"
#include "forest/row_bits.h"

namespace aml::forest {

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
  // What is missing, and where it goes.
  enum class MissingRule : std::uint8_t { nan_right, nan_left, zero_right, zero_left };

  // Splits first, first + 1, … on a feature.
  struct Numerical {
    std::size_t feature;
    std::size_t first;
    std::vector<double> thresholds;
    std::vector<MissingRule> rules;
  };
  // Up to 64 splits on a feature, first, first + 1, …; a bit of a word for each.
  struct Categorical {
    std::size_t feature;
    std::size_t first;
    std::size_t count = 0;
    std::vector<std::uint64_t> left_of;  // by category: the splits that send it left
  };
  struct Asked;  // the nodes of a feature

  void number_numerical(std::size_t feature, const Asked& asked);
  void number_categorical(std::size_t feature, const Asked& asked);
  static void place_missing(const Numerical& splits, RowBits nan, RowBits zero,
                            std::span<RowBits> left);

  std::vector<Numerical> numerical_;
  std::vector<Categorical> categorical_;
  std::vector<std::vector<std::uint32_t>> of_node_;
  std::size_t size_ = 0;
};

}  // namespace aml::forest
