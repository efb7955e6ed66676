#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "base/instruction_set.h"
#include "forest/split_table.h"

namespace aml::forest {

using TileSums = std::array<double, kTileRows>;

// Adds to each row's sum the value of the one leaf it reached: sums[r] += values[l] where bit r of
// reached[l] is set. REQUIRES: reached.size() == values.size().
using AddLeaves = void (*)(std::span<const RowBits> reached, std::span<const double> values,
                           TileSums& sums);

AddLeaves add_leaves(InstructionSet set);

}  // namespace aml::forest
