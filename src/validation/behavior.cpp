#include "validation/behavior.h"

#include <fmt/format.h>

#include "metrics/distribution.h"

namespace aml::validation {

std::vector<Check> check_spread(std::span<const double> scores) {
  constexpr double kVarianceEffect = -0.10;
  constexpr double kMedianEffect = -0.05;
  Check variance{"variance", true, metrics::variance(scores), 0, ""};
  variance.passed = variance.figure >= kLowestVariance;
  if (!variance.passed) {
    variance.effect = kVarianceEffect;
    variance.reason = fmt::format("the scores hardly differ: variance {:.2g}, less than {}",
                                  variance.figure, kLowestVariance);
  }
  Check median{"median", true, metrics::median(scores), 0, ""};
  median.passed = median.figure >= kLowestMedian && median.figure <= kHighestMedian;
  if (!median.passed) {
    median.effect = kMedianEffect;
    median.reason = fmt::format("the median score {:.3f} is not in [{}, {}]", median.figure,
                                kLowestMedian, kHighestMedian);
  }
  return {variance, median};
}

}  // namespace aml::validation
