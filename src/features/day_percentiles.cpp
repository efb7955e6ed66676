#include "features/day_percentiles.h"

#include <algorithm>
#include <cmath>

namespace aml::features {

namespace {

constexpr std::size_t kMostTaken = 4096;
constexpr std::size_t kWhole = 100;

}  // namespace

std::vector<double> percentiles_of(std::span<const double> values) {
  std::vector<double> taken;
  const std::size_t count = std::min(values.size(), kMostTaken);
  taken.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double value = values[i * values.size() / count];
    if (!std::isnan(value)) taken.push_back(value);
  }
  if (taken.empty()) return {};
  std::sort(taken.begin(), taken.end());
  std::vector<double> found;
  for (const int percentile : kPercentiles) {
    found.push_back(taken[(taken.size() - 1) * static_cast<std::size_t>(percentile) / kWhole]);
  }
  for (const double value : values) {
    if (value < found.front()) found.front() = value;
    if (value > found.back()) found.back() = value;
  }
  return found;
}

}  // namespace aml::features
