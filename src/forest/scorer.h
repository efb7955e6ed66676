#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "forest/forest.h"
#include "forest/split_table.h"

namespace aml::forest {

// The sum of a forest's trees, bit for bit as LightGBM adds them up: in their order, from zero.
// Each node hands the rows that reach it, 64 bits at a time, on to its children.
class Scorer {
 public:
  Scorer(const Forest& forest, const SplitTable& splits);

  // raw[row] for the first raw.size() rows of a tile. `left` is what SplitTable::decide() gave.
  void score(std::span<const RowBits> left, InstructionSet set, std::span<double> raw) const;

 private:
  // Children below are places of reached rows: first the tree's nodes, then its leaves.
  struct ScoreNode {
    std::uint32_t split;
    std::uint32_t left;
    std::uint32_t right;
  };
  struct ScoreTree {
    std::vector<ScoreNode> nodes;
    std::vector<double> values;
  };
  std::vector<ScoreTree> trees_;
  std::size_t most_places_ = 0;
};

}  // namespace aml::forest
