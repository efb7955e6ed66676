#pragma once

#include <cstdint>
#include <vector>

namespace aml::snapshot {

// Of each value the share, in flows::kWhole, of those below it and of half of those equal to it,
// among the values that are known; -1 where it is NaN. REQUIRES: fewer than 2^32 values.
std::vector<std::int32_t> percentiles(const std::vector<double>& values);

}  // namespace aml::snapshot
