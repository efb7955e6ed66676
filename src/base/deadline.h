#pragma once

#include <chrono>
#include <cstdint>

#include "base/date.h"

namespace aml {

// Until when answers of a processing date may be committed: 18:00 UTC of the day after it.
// Milliseconds since 1970.
inline std::int64_t deadline_ms(Date processing_date) {
  constexpr std::chrono::milliseconds kAfterItsBegin = std::chrono::hours(24 + 18);
  return processing_date.epoch_ms() + kAfterItsBegin.count();
}
// From when on answers of it are opened: a minute later, by whatever clock.
inline std::int64_t opening_ms(Date processing_date) {
  constexpr std::chrono::milliseconds kDelay = std::chrono::minutes(1);
  return deadline_ms(processing_date) + kDelay.count();
}

// The field of a request by which the miner tells its API the newest day that is opened by the
// chain's clock.
inline constexpr const char* kOpenedField = "X-Aml-Opened";

// In the folder of its commitments the miner tells the API here which state each day is in
// (miner/day_state.h).
inline constexpr const char* kDayStatesFile = "states.json";
inline constexpr int kDayStatesFormat = 1;

}  // namespace aml
