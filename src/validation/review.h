#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "metrics/bootstrap.h"
#include "validation/evaluation.h"

// What a team finds that can look at so many alerts a day, and what it cannot know of the others.
namespace aml::validation {

// What the highest `reviews` alerts hold; of alerts with one score that not all fit, their share.
struct ReviewPoint {
  std::size_t reviews = 0;
  double found = 0;      // alerts with a report
  double precision = 0;  // of the reviewed
  double recall = 0;     // of all alerts with a report; 0 where there are none
  std::optional<metrics::Interval> found_interval;
  std::optional<metrics::Interval> precision_interval;
  std::optional<metrics::Interval> recall_interval;
};

// `reviews` evenly spaced numbers up to `rows`, at most kReviewSteps, and `capacity` among them.
inline constexpr std::size_t kReviewSteps = 200;
std::vector<std::size_t> review_steps(std::size_t rows, std::size_t capacity);

// A point for each number of reviews (ascending; more than there are rows: all), with intervals of
// resampled alerts. REQUIRES: scores[i] belongs to labels[i], 0 or 1.
std::vector<ReviewPoint> review_curve(std::span<const double> scores, std::span<const int> labels,
                                      std::span<const std::size_t> reviews,
                                      const EvaluationOptions& options);

// Alerts of like value, and for how many of them the truth is known.
struct LabelledTenth {
  double from = 0;  // lowest value, inclusive
  double to = 0;    // highest value, inclusive
  std::size_t alerts = 0;
  std::size_t labelled = 0;

  double share() const { return static_cast<double>(labelled) / static_cast<double>(alerts); }
};

// Ten bins of equal count by value, the highest first; equal values stay in one bin, so that there
// may be fewer. NaN is left out.
std::vector<LabelledTenth> labelled_tenths(std::span<const double> values,
                                           const std::vector<bool>& is_labelled);

// AUC-ROC and average precision of the labelled alerts, each weighted by one over the labelled
// share of its tenth: what they would be had alerts of one tenth the same chance of a label.
struct WeightedMetrics {
  double auc_roc = 0;
  double auc_pr = 0;
};
// Nothing where a class is missing. REQUIRES: tenths of all scores; scores[i] belongs to labels[i].
std::optional<WeightedMetrics> weighted_metrics(std::span<const double> scores,
                                                std::span<const int> labels,
                                                std::span<const LabelledTenth> tenths);

// One alert to look at of those that nobody would look at.
struct SampledAlert {
  std::size_t row = 0;
  std::size_t stratum = 0;  // 1 to 10 at most, the highest scores first
  double weight = 1;        // alerts of its stratum by those drawn of it: one over its odds
};

// `size` of the alerts below the highest `capacity` (equal scores in the order of rows), or all
// where there are no more, evenly of ten strata of equal count by score, or of `size` where that is
// less. A sum of weight · label estimates how many reports lie below the line (Horvitz and
// Thompson, 1952). The same seed draws the same alerts.
std::vector<SampledAlert> below_the_line(std::span<const double> scores, std::size_t capacity,
                                         std::size_t size, std::uint64_t seed);

}  // namespace aml::validation
