#include "metrics/distribution.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace aml::metrics {

double median(std::span<const double> values) {
  if (values.empty()) return 0;
  std::vector<double> sorted(values.begin(), values.end());
  const std::size_t upper = sorted.size() / 2;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(upper);
  std::nth_element(sorted.begin(), middle, sorted.end());
  if (sorted.size() % 2 == 1) return *middle;
  return (*std::max_element(sorted.begin(), middle) + *middle) / 2;
}

double quantile(std::span<const double> values, double q) {
  if (values.empty()) return 0;
  std::vector<double> sorted(values.begin(), values.end());
  const double place = q * static_cast<double>(sorted.size() - 1);
  const auto lower = static_cast<std::ptrdiff_t>(std::floor(place));
  const auto at = sorted.begin() + lower;
  std::nth_element(sorted.begin(), at, sorted.end());
  const double below = *at;
  if (at + 1 == sorted.end()) return below;
  const double above = *std::min_element(at + 1, sorted.end());
  return below + (above - below) * (place - static_cast<double>(lower));
}

double variance(std::span<const double> values) {
  if (values.empty()) return 0;
  const auto n = static_cast<double>(values.size());
  double mean = 0;
  for (const double value : values) mean += value / n;
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum / n;
}

double share_within(std::span<const double> a, std::span<const double> b, double tolerance) {
  const std::size_t rows = std::min(a.size(), b.size());
  if (rows == 0) return 0;
  std::size_t close = 0;
  for (std::size_t i = 0; i < rows; ++i) close += std::abs(a[i] - b[i]) <= tolerance ? 1 : 0;
  return static_cast<double>(close) / static_cast<double>(rows);
}

}  // namespace aml::metrics
