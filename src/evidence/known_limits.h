#pragma once

#include <cstdint>

#include "known/day_addresses.h"

namespace aml::evidence {

// Bytes of a batch's known_addresses.json that are read: as many as `process` writes.
inline constexpr std::uint64_t kMostKnownBytes = known::kMostDayBytes;

}  // namespace aml::evidence
