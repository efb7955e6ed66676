#pragma once

#include <span>

// How scores are spread: what the behaviour rules of a validator look at.
namespace aml::metrics {

// The middle value, or the mean of the two middle ones; 0 where there are no values. As
// numpy.median.
double median(std::span<const double> values);

// The value below which the share `q` of the values lies, between two of them linearly
// interpolated; 0 where there are no values. As numpy.quantile. REQUIRES: 0 <= q <= 1.
double quantile(std::span<const double> values, double q);

// Mean squared distance from the mean (divided by n, as numpy.var); 0 where there are no values.
double variance(std::span<const double> values);

// Share of rows whose two values are within `tolerance` of each other; 0 where there are no rows.
double share_within(std::span<const double> a, std::span<const double> b, double tolerance);

}  // namespace aml::metrics
