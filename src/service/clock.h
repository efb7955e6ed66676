#pragma once

#include <chrono>

#include "service/schedule.h"

namespace aml::service {

// The system's clock, to the second.
inline Time now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace aml::service
