#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace aml::metrics {

// The positions of the values in ascending order; equal values (0 and -0 are equal) in the order of
// their positions. In time linear in their number, by sorting their bits. REQUIRES: no NaN, fewer
// than 2^32 values.
std::vector<std::uint32_t> ascending_order(std::span<const double> values);

}  // namespace aml::metrics
