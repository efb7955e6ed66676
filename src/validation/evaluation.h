#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "metrics/bootstrap.h"
#include "metrics/calibration.h"

// How good scores are once the truth is known, and which of two models is better.
namespace aml::validation {

// One figure with its bootstrap interval. Nothing where the labels do not define it.
struct Measure {
  std::string name;
  bool higher_is_better = true;
  std::optional<double> value;
  std::optional<metrics::Interval> interval;
};

struct Evaluation {
  std::int64_t alerts = 0;
  std::int64_t positives = 0;
  // auc_roc, auc_pr, best_f1, ndcg_at_10, ndcg_at_100, brier, ground_truth_score (0.3 auc_roc + 0.2
  // auc_pr, what a validator pays for), in this order
  std::vector<Measure> measures;
  std::optional<double> best_f1_threshold;  // positive means score >= threshold
  std::vector<metrics::CalibrationBin> calibration;

  // The measure of that name. REQUIRES: it is one of the above.
  const Measure& measure(std::string_view name) const;
};

struct EvaluationOptions {
  int resamples = 1000;  // 0: no intervals
  std::uint64_t seed = 42;
  double level = 0.95;
};

// REQUIRES: scores[i] in [0, 1] belongs to labels[i], 0 or 1.
Evaluation evaluate(std::span<const double> scores, std::span<const int> labels,
                    const EvaluationOptions& options = {});

// One measure of two models on the same alerts.
struct Difference {
  std::string name;
  std::optional<double> value;                // first minus second
  std::optional<metrics::Interval> interval;  // of the paired bootstrap
  int winner = 0;  // 1 or 2; 0 where the interval holds zero, or there is none
};

struct Comparison {
  Evaluation first;
  Evaluation second;
  std::vector<Difference> differences;  // in the order of Evaluation::measures
  int winner = 0;                       // by ground_truth_score
};

// The A/B verdict: both models on the same alerts and the same resamples.
Comparison compare(std::span<const double> first, std::span<const double> second,
                   std::span<const int> labels, const EvaluationOptions& options = {});

}  // namespace aml::validation
