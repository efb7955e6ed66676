#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace aml::metrics {

// The rows whose score falls into one bin.
struct CalibrationBin {
  double mean_score = 0;
  double share_positive = 0;
  std::int64_t rows = 0;
};

// How often alerts of a score turn out positive: [0, 1] in `bins` bins of equal width, empty ones
// left out. As scikit-learn's calibration_curve(strategy="uniform"). REQUIRES: scores in [0, 1].
std::vector<CalibrationBin> calibration_curve(std::span<const double> scores,
                                              std::span<const int> labels, std::size_t bins = 10);

}  // namespace aml::metrics
