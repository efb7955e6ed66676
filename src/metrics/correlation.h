#pragma once

#include <optional>
#include <span>
#include <vector>

// How two series of numbers over the same rows go together. As SciPy's pearsonr and spearmanr.
namespace aml::metrics {

// Places of the values from the lowest (1) to the highest; equal values share the mean of their
// places. As scipy.stats.rankdata.
std::vector<double> average_ranks(std::span<const double> values);

// Pearson's correlation in [-1, 1], or nothing where there are fewer than two rows or one series is
// constant. REQUIRES: a.size() == b.size().
std::optional<double> pearson(std::span<const double> a, std::span<const double> b);

// Spearman's rank correlation: Pearson's of the average ranks. Nothing where pearson has nothing.
std::optional<double> spearman(std::span<const double> a, std::span<const double> b);

// The value below which a standard normal variable falls with probability `p` (Acklam's rational
// approximation with one step of Halley's method: 1e-15). REQUIRES: 0 < p < 1.
double normal_quantile(double p);

}  // namespace aml::metrics
