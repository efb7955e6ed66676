#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace aml::validation {

// The values at these places, in their order. REQUIRES: each is one of the values'
inline std::vector<double> values_at(std::span<const double> values,
                                     std::span<const std::size_t> places) {
  std::vector<double> chosen;
  chosen.reserve(places.size());
  for (const std::size_t place : places) chosen.push_back(values[place]);
  return chosen;
}

}  // namespace aml::validation
