#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/instruction_set.h"

namespace aml::validation {

// Inner products of every row with every other: gram[i * rows.size() + j]. The sums are taken in an
// order that depends neither on the number of threads nor on `set`. REQUIRES: rows of one length.
std::vector<double> gram_matrix(std::span<const std::span<const float>> rows, int threads,
                                InstructionSet set = best_instruction_set());

}  // namespace aml::validation
