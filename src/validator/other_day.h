#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "validator/day.h"

// For the trap of an address's other day: who remembers scores by address gives it the same again.
namespace aml::validator {

inline constexpr std::size_t kNoAlert = std::numeric_limits<std::size_t>::max();

// For each alert of a day, one of the same address on another day of which the stock model says
// something else; kNoAlert where there is none.
std::vector<std::size_t> moved_addresses(const Day& day, const Day& other);

// What an answer of the other day gave these alerts, by alert of the day; NaN for kNoAlert.
std::vector<double> scores_then(std::span<const std::size_t> moved, std::span<const double> scores);

}  // namespace aml::validator
