#include "validation/verdict.h"

#include <algorithm>
#include <cmath>

namespace aml::validation {

namespace {

constexpr const char* kJudged = "judged";

}  // namespace

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

bool is_finite(const Verdict& verdict) {
  const auto all_finite = [](std::initializer_list<double> numbers) {
    return std::all_of(numbers.begin(), numbers.end(), [](double n) { return std::isfinite(n); });
  };
  const GroundTruthCheck truth = verdict.ground_truth.value_or(GroundTruthCheck());
  const Contribution paid = verdict.contribution.value_or(Contribution());
  return all_finite({paid.points, paid.error, paid.alone, paid.explained, paid.sigmas,
                     paid.needed_sigmas, paid.trust, paid.blend, paid.reference_points,
                     paid.blended_points, paid.covariance.value_or(0)}) &&
         std::all_of(paid.relatives.begin(), paid.relatives.end(),
                     [&](const Relative& one) { return all_finite({one.likeness}); }) &&
         all_finite(
             {verdict.final_score, verdict.integrity, verdict.behavior, verdict.cap.value_or(0)}) &&
         all_finite(
             {truth.score, truth.auc_roc, truth.auc_pr, truth.best_f1, truth.best_f1_threshold}) &&
         std::all_of(verdict.checks.begin(), verdict.checks.end(),
                     [&](const Check& check) { return all_finite({check.figure, check.effect}); });
}

Verdict set_aside(const std::string& reason) {
  Check judged;
  judged.name = kJudged;
  judged.passed = false;
  judged.reason = reason;
  Verdict verdict;
  verdict.checks.push_back(judged);
  return verdict;
}

bool is_set_aside(const Verdict& verdict) {
  return !verdict.checks.empty() && verdict.checks.front().name == kJudged;
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
