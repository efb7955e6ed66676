#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace aml::forest {

// LightGBM's C interface takes values within ±kZeroThreshold, a float, for zero.
inline constexpr double kZeroThreshold = 1e-35F;

inline double without_tiny(double value) { return std::abs(value) <= kZeroThreshold ? 0 : value; }

// static_cast<int> of a double as x86 does it, with everything that is no category made huge.
inline std::uint64_t category_of(double value) {
  constexpr double kEnd = 2147483648.0;
  return value > -1 && value < kEnd ? static_cast<std::uint64_t>(static_cast<std::int64_t>(value))
                                    : std::numeric_limits<std::uint64_t>::max();
}

}  // namespace aml::forest
