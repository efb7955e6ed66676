#include "validation/verdict.h"

#include <algorithm>

namespace aml::validation {

double integrity_points(const std::vector<Check>& checks) {
  const bool all =
      std::all_of(checks.begin(), checks.end(), [](const Check& c) { return c.passed; });
  return all ? kIntegrityPoints : 0;
}

double behavior_points(const std::vector<Check>& checks) {
  double points = kBehaviorPoints;
  for (const Check& check : checks) points += check.effect;
  return std::clamp(points, 0.0, kBehaviorPoints);
}

void add_up(Verdict& verdict) {
  verdict.final_score = 0;
  if (verdict.integrity == 0 || !verdict.copy_of.empty()) return;
  const double truth = verdict.ground_truth ? verdict.ground_truth->score : 0;
  verdict.final_score = verdict.integrity + verdict.behavior + truth;
  if (verdict.is_baseline && verdict.cap) {
    verdict.final_score = std::min(verdict.final_score, *verdict.cap);
  }
}

}  // namespace aml::validation
