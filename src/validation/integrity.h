#pragma once

#include <span>
#include <string>
#include <vector>

#include "validation/submission.h"
#include "validation/verdict.h"

namespace aml::validation {

inline constexpr double kSlowestMeanLatencyMs = 100;
inline constexpr double kSameScore = 1e-6;  // two answers to the same question differ by no more

// Whether the submission answers the question at all: the right day, every alert exactly once and
// no other, fields of the right types, scores in [0, 1], latencies that were measured and are low
// enough. One check each; any that fails costs all points.
std::vector<Check> check_integrity(const Submission& submission,
                                   const std::string& processing_date);

// Whether a second answer holds the same scores. The figure is the largest difference; where one of
// them lacks a score, 1.
Check check_determinism(std::span<const double> first, std::span<const double> second);

}  // namespace aml::validation
