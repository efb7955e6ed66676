#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "metrics/ranking.h"

// Intervals by resampling rows with replacement (Efron's percentile bootstrap). Paired: every model
// judged is judged on the same resample, so that the interval of a difference is that of the models
// and not of the rows.
namespace aml::metrics {

struct Interval {
  double low = 0;
  double high = 0;
  bool excludes_zero() const { return low > 0 || high < 0; }
};

// Draws resamples of [0, rows): the same seed gives the same draws on every machine.
class Resampler {
 public:
  Resampler(std::size_t rows, std::uint64_t seed) : rows_(rows), state_(seed) {}
  // How often each row was drawn; rows draws in all. Valid until the next call.
  std::span<const std::uint32_t> next();

 private:
  std::size_t rows_;
  std::uint64_t state_;
  std::vector<std::uint32_t> times_;
};

// Scores sorted once, to be judged on many resamples.
class ResampledScores {
 public:
  ResampledScores(std::span<const double> scores, std::span<const int> labels);
  // The tie groups of a resample; groups of which no row was drawn have none. Valid until the next
  // call. REQUIRES: an entry per row.
  std::span<const TieGroup> groups(std::span<const std::uint32_t> times);

 private:
  std::vector<TieGroup> groups_;
  std::vector<std::uint32_t> group_of_;
  std::vector<int> labels_;
};

// The middle `level` of the resampled values: [quantile((1 - level) / 2), quantile((1 + level) /
// 2)]. REQUIRES: values are not empty.
Interval percentile_interval(std::span<const double> values, double level = 0.95);

}  // namespace aml::metrics
