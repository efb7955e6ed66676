#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/instruction_set.h"

namespace aml::validation {

// For some alerts, the most similar other alert by the snapshot's features. A model is a function
// of features, so what two models disagree about is alike for similar alerts; noise is not.
struct Neighbors {
  std::vector<std::uint32_t> alert;     // positions in the sample that they were looked for in
  std::vector<std::uint32_t> neighbor;  // of alert[i], never itself
};

// Looks, for at most `queries` of the sampled rows, for the nearest other sampled row: distance of
// the columns' ranks, projected at random (Johnson and Lindenstrauss 1984; `seed`) to 64
// dimensions. columns[f][row]; a missing value (NaN) counts as the lowest. No columns, or fewer
// than three rows: no neighbors. Of equally near rows the first counts. `set` does not matter to
// the result.
Neighbors nearest_neighbors(std::span<const std::span<const double>> columns,
                            std::span<const std::size_t> sample, std::size_t queries,
                            std::uint64_t seed, int threads,
                            InstructionSet set = best_instruction_set());

}  // namespace aml::validation
