#include "metrics/calibration.h"

#include <algorithm>

#include "base/error.h"

namespace aml::metrics {

std::vector<CalibrationBin> calibration_curve(std::span<const double> scores,
                                              std::span<const int> labels, std::size_t bins) {
  if (scores.size() != labels.size()) {
    throw Error(ErrorKind::internal, "metrics: scores and labels differ in number");
  }
  // A score on an edge belongs to the bin below it, as numpy.searchsorted puts it.
  std::vector<double> edges;
  for (std::size_t i = 1; i < bins; ++i) {
    edges.push_back(static_cast<double>(i) * (1.0 / static_cast<double>(bins)));
  }
  std::vector<CalibrationBin> curve(bins);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const auto edge = std::lower_bound(edges.begin(), edges.end(), scores[i]);
    CalibrationBin& bin = curve[static_cast<std::size_t>(edge - edges.begin())];
    bin.mean_score += scores[i];
    bin.share_positive += labels[i] != 0 ? 1 : 0;
    bin.rows += 1;
  }
  std::erase_if(curve, [](const CalibrationBin& bin) { return bin.rows == 0; });
  for (CalibrationBin& bin : curve) {
    bin.mean_score /= static_cast<double>(bin.rows);
    bin.share_positive /= static_cast<double>(bin.rows);
  }
  return curve;
}

}  // namespace aml::metrics
