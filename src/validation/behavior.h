#pragma once

#include <span>
#include <vector>

#include "validation/verdict.h"

namespace aml::validation {

inline constexpr double kLowestVariance = 0.001;
inline constexpr double kLowestMedian = 0.1;
inline constexpr double kHighestMedian = 0.9;

// Whether the scores tell alerts apart at all: their variance and their median. One check each.
// REQUIRES: every score is in [0, 1].
std::vector<Check> check_spread(std::span<const double> scores);

}  // namespace aml::validation
