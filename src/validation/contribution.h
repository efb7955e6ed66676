#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace aml::validation {

// One answer in a day's blend.
struct Share {
  double points = 0;  // what q gained by it; together they are the day's gain
  double error = 0;   // standard error of that, clustered by address within the day
  double alone = 0;   // what q would have gained had it been the only one
};

// What a day's crowd added to q, in points of the final score's ground truth (0.3 AUC-ROC + 0.2
// AUC-PR).
struct DayContribution {
  double reference_points = 0;  // of q
  double blended_points = 0;    // of q + Σ b r
  std::vector<Share> shares;    // by answer
};

// Allots blended - reference. As the blend grows from q to q + Σ b r, pairs of a filed and another
// alert change places; each change is worth what it adds to the points there, and belongs to the
// answers in proportion to how they moved the two apart (a pair changes places over a stretch of
// half the usual move, so that pairs that hardly move decide nothing). That is the share of Aumann
// and Shapley (1974) along that line: it adds up, and answers that move alike share alike. Where b
// is 0 the share is 0. Changes in the AUC-PR are valued at places interpolated along the line; what
// that leaves of the whole is spread in proportion. REQUIRES: labels 1, 0, or -1 where unknown, of
// both classes.
DayContribution contribution_of(std::span<const double> log_odds,
                                std::span<const std::span<const double>> own,
                                std::span<const double> blend, std::span<const double> alone,
                                std::span<const int> labels, std::span<const std::uint64_t> codes,
                                int threads);

// How much of a smoothed contribution its newest truth makes: half of it are the newest 14.
inline constexpr double kNewestTruthShare = 0.05;
// Exponential moving average of contributions, oldest first, from 0 before the first; a day missed
// is a day of 0.
double smoothed_contribution(std::span<const double> points);

// Each contribution above 0 divided by their sum; all zeros where there is none.
std::vector<double> contribution_weights(std::span<const double> smoothed);

}  // namespace aml::validation
