#include "validation/ground_truth.h"

#include <algorithm>
#include <cmath>

#include "metrics/ranking.h"

namespace aml::validation {

double ground_truth_score(double auc_roc, double auc_pr) { return 0.3 * auc_roc + 0.2 * auc_pr; }

double sigmas_above_chance(const GroundTruthCheck& check) {
  const auto all = static_cast<double>(check.alerts);
  const auto positives = static_cast<double>(check.positives);
  const double error = std::sqrt((all + 1) / (12 * positives * (all - positives)));
  return (check.auc_roc - 0.5) / error;
}

std::optional<GroundTruthCheck> check_ground_truth(std::span<const double> scores,
                                                   std::span<const int> labels) {
  GroundTruthCheck check;
  check.alerts = std::ssize(labels);
  check.positives = std::count_if(labels.begin(), labels.end(), [](int l) { return l != 0; });
  if (check.alerts < kFewestLabels || check.positives == 0 || check.positives == check.alerts) {
    return std::nullopt;
  }
  const auto groups = metrics::tie_groups(scores, labels);
  const metrics::BestF1 best = metrics::best_f1(groups);
  check.auc_roc = metrics::auc_roc(groups);
  check.auc_pr = metrics::auc_pr(groups);
  check.best_f1 = best.f1;
  check.best_f1_threshold = best.threshold;
  check.score = ground_truth_score(check.auc_roc, check.auc_pr);
  return check;
}

}  // namespace aml::validation
