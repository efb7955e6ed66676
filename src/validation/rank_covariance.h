#pragma once

#include <span>
#include <vector>

namespace aml::validation {

// What covariance of ranks says that each answer adds to q, by Numerai's formula
// (correlation_contribution of numerai-tools, whose targets go from 0 to 4): the mean over the
// labelled alerts of 4 (y − mean y) g, g being the answer's Gaussian ranks among them less their
// projection on q's. It is shown beside what is paid and decides nothing: docs/validation.md says
// why. 0 where no alert is labelled. `labels` are 1, 0, or -1 where unknown. REQUIRES: everything
// by alert number.
std::vector<double> rank_covariances(std::span<const double> log_odds,
                                     std::span<const std::span<const double>> answers,
                                     std::span<const int> labels, int threads);

}  // namespace aml::validation
