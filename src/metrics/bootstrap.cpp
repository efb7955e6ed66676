#include "metrics/bootstrap.h"

#include <algorithm>

#include "metrics/distribution.h"

namespace aml::metrics {

namespace {

// SplitMix64 (Steele, Lea, Flood 2014): small, fast, the same everywhere.
std::uint64_t next_random(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15U;
  std::uint64_t z = state;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

}  // namespace

std::span<const std::uint32_t> Resampler::next() {
  times_.assign(rows_, 0);
  for (std::size_t i = 0; i < rows_; ++i) {
    // The upper half of a product maps 32 random bits to [0, rows) without a division.
    const std::uint64_t bits = next_random(state_) >> 32U;
    times_[(bits * rows_) >> 32U] += 1;
  }
  return times_;
}

ResampledScores::ResampledScores(std::span<const double> scores, std::span<const int> labels)
    : groups_(tie_groups(scores, labels)), labels_(labels.begin(), labels.end()) {
  group_of_.reserve(scores.size());
  for (const double score : scores) {
    const auto group = std::lower_bound(groups_.begin(), groups_.end(), score,
                                        [](const TieGroup& g, double s) { return g.score > s; });
    group_of_.push_back(static_cast<std::uint32_t>(group - groups_.begin()));
  }
}

std::span<const TieGroup> ResampledScores::groups(std::span<const std::uint32_t> times) {
  for (TieGroup& group : groups_) group.rows = group.positives = 0;
  for (std::size_t row = 0; row < times.size(); ++row) {
    TieGroup& group = groups_[group_of_[row]];
    group.rows += times[row];
    group.positives += labels_[row] != 0 ? times[row] : 0;
  }
  return groups_;
}

Interval percentile_interval(std::span<const double> values, double level) {
  return {quantile(values, (1 - level) / 2), quantile(values, (1 + level) / 2)};
}

}  // namespace aml::metrics
