#pragma once

#include <chrono>

#include "base/date.h"

namespace aml {

// The last day that can have been at that time: tomorrow, where clocks differ. Later ones are
// somebody's mistake.
inline Date last_day(std::chrono::system_clock::time_point time) {
  return Date(std::chrono::floor<std::chrono::days>(time)).plus_days(1);
}

}  // namespace aml
