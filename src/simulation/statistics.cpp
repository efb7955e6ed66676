#include "simulation/statistics.h"

#include <algorithm>
#include <cmath>

namespace aml::simulation {

namespace {

template <typename T>
double entropy_of(std::span<const T> parts) {
  double total = 0;
  for (const T part : parts) total += part;
  if (total <= 0) return 0;
  double entropy = 0;
  for (const T part : parts) {
    if (part <= 0) continue;
    const double share = part / total;
    entropy -= share * std::log2(share);
  }
  return std::max(entropy, 0.0);
}

}  // namespace

double gini(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  const auto count = static_cast<double>(values.size());
  double total = 0;
  double ranked = 0;
  double rank = 0;
  for (const double value : values) {
    total += value;
    ranked += ++rank * value;
  }
  if (total <= 0) return 0;
  return std::max(0.0, 2 * ranked / (count * total) - (count + 1) / count);
}

double entropy_bits(std::span<const double> parts) { return entropy_of(parts); }
double entropy_bits(std::span<const std::uint16_t> counts) { return entropy_of(counts); }

Moments moments(std::span<const double> values) {
  Moments result;
  const auto count = static_cast<double>(values.size());
  if (values.empty()) return result;
  for (const double value : values) result.mean += value;
  result.mean /= count;
  double second = 0;
  double third = 0;
  double fourth = 0;
  for (const double value : values) {
    const double distance = value - result.mean;
    second += distance * distance;
    third += distance * distance * distance;
    fourth += distance * distance * distance * distance;
  }
  if (values.size() < 2) return result;
  result.variance = second / (count - 1);
  second /= count;
  // Equal amounts leave a rounding error, and no shape.
  if (second <= 1e-18 * result.mean * result.mean) return result;
  if (values.size() >= 3) result.skewness = third / count / std::pow(second, 1.5);
  if (values.size() >= 4) result.kurtosis = fourth / count / (second * second) - 3;
  return result;
}

}  // namespace aml::simulation
