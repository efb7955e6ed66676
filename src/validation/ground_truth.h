#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace aml::validation {

// 0.3 AUC-ROC + 0.2 AUC-PR, in [0, 0.5]: what the truth is worth of a miner's final score.
double ground_truth_score(double auc_roc, double auc_pr);

// What the truth says of one submission.
struct GroundTruthCheck {
  std::int64_t alerts = 0;  // labelled alerts that were scored
  std::int64_t positives = 0;
  double auc_roc = 0;
  double auc_pr = 0;
  double best_f1 = 0;
  double best_f1_threshold = 0;
  double score = 0;  // ground_truth_score
};

// How many standard errors the AUC-ROC lies above 0.5, which is what random numbers reach: the
// error of the Mann-Whitney statistic without any difference, sqrt((n + 1) / (12 n1 n0)).
double sigmas_above_chance(const GroundTruthCheck& check);
// With less than this, scores know nothing: random numbers reach it on one day in six, a model that
// is of use always.
inline constexpr double kInformedSigmas = 1;

// Labels fewer than this, or of one class, judge nobody.
inline constexpr std::int64_t kFewestLabels = 10;

// Nothing where there are fewer than kFewestLabels labelled alerts or only one class.
// REQUIRES: scores[i] belongs to labels[i], 0 or 1.
std::optional<GroundTruthCheck> check_ground_truth(std::span<const double> scores,
                                                   std::span<const int> labels);

}  // namespace aml::validation
