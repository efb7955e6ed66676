#include "validation/traps.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "metrics/correlation.h"
#include "metrics/distribution.h"
#include "validation/behavior.h"
#include "validation/sampled.h"

namespace aml::validation {

namespace {

constexpr double kEffect = -0.05;
constexpr double kShareClose = 0.9;
// A function of the shortcut alone: of its order, or of its groups.
constexpr double kSameOrder = 0.99;
constexpr double kAllVariance = 0.9;
// Scores that are all close to each other are close to any constant; then being close says nothing.
constexpr double kMuchVariance = 0.5;
constexpr std::size_t kFewestOtherDays = 30;

Check shortcut(const std::string& name, double figure, bool is_hit, const std::string& reason) {
  Check check{"trap_" + name, !is_hit, figure, 0, ""};
  if (is_hit) {
    check.effect = kEffect;
    check.reason = reason;
  }
  return check;
}

Check check_confidence(std::span<const double> scores, std::span<const double> confidence) {
  std::vector<double> ours;
  std::vector<double> theirs;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (std::isnan(confidence[i])) continue;
    ours.push_back(scores[i]);
    theirs.push_back(confidence[i]);
  }
  const double share = metrics::share_within(ours, theirs, kTrapCloseness);
  const double order = std::abs(metrics::spearman(ours, theirs).value_or(0));
  const bool is_hit = share >= kShareClose || order >= kSameOrder;
  return shortcut("confidence", share, is_hit,
                  fmt::format("{:.0f} % of a secret sample score the alert's own confidence "
                              "(rank correlation {:.3f})",
                              share * 100, order));
}

struct GroupFit {
  double share_close;         // to the median of their group
  double explained_variance;  // by the means of the groups
};

GroupFit fit_groups(std::span<const double> scores, const std::vector<std::string>& groups) {
  std::map<std::string, std::vector<double>> by_group;
  for (std::size_t i = 0; i < scores.size(); ++i) by_group[groups[i]].push_back(scores[i]);
  double close = 0;
  double within = 0;
  for (const auto& [group, values] : by_group) {
    const std::vector<double> constant(values.size(), metrics::median(values));
    const auto size = static_cast<double>(values.size());
    close += metrics::share_within(values, constant, kTrapCloseness) * size;
    within += metrics::variance(values) * size;
  }
  const auto rows = static_cast<double>(scores.size());
  const double all = metrics::variance(scores) * rows;
  // One constant for all is a table too; what rounding leaves of its variance decides nothing.
  constexpr double kNoVariance = 1e-12;
  return {close / rows, all <= kNoVariance * rows ? 1 : 1 - within / all};
}

Check check_groups(const std::string& name, std::span<const double> scores,
                   const std::vector<std::string>& groups) {
  const GroupFit fit = fit_groups(scores, groups);
  const bool is_hit = (fit.share_close >= kShareClose && fit.explained_variance >= kMuchVariance) ||
                      fit.explained_variance >= kAllVariance;
  return shortcut(name, fit.share_close, is_hit,
                  fmt::format("{:.0f} % of a secret sample score a constant per {}, which explains "
                              "{:.0f} % of the variance",
                              fit.share_close * 100, name, fit.explained_variance * 100));
}

Check check_other_day(std::span<const double> scores, std::span<const double> other_day) {
  std::vector<double> ours;
  std::vector<double> earlier;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (std::isnan(other_day[i])) continue;
    ours.push_back(scores[i]);
    earlier.push_back(other_day[i]);
  }
  // Scores that do not differ are close to those of any day: the variance check is for them.
  const bool is_known =
      ours.size() >= kFewestOtherDays && metrics::variance(ours) >= kLowestVariance;
  const double share = is_known ? metrics::share_within(ours, earlier, kTrapCloseness) : 0;
  return shortcut("other_day", share, share >= kShareClose,
                  fmt::format("{:.0f} % of a secret sample score what the address scored on "
                              "another day",
                              share * 100));
}

Check check_planted(std::span<const double> scores, std::span<const PlantedTrap> planted) {
  const auto hits = std::count_if(planted.begin(), planted.end(), [&](const PlantedTrap& trap) {
    return std::abs(scores[trap.alert] - trap.expected_score) <= kTrapCloseness;
  });
  Check check{"trap_planted", hits == 0, static_cast<double>(hits), 0, ""};
  if (hits > 0) {
    check.effect = kEffect * static_cast<double>(hits);
    check.reason = fmt::format("{} of {} planted alerts score what a shortcut gives them", hits,
                               planted.size());
  }
  return check;
}

}  // namespace

std::vector<Check> check_traps(const TrapInput& input) {
  const std::vector<double> scores = values_at(input.scores, input.sample);
  std::vector<std::string> severity;
  std::vector<std::string> typology;
  std::vector<std::string> both;
  for (const std::size_t alert : input.sample) {
    severity.push_back(input.facts->severity[alert]);
    typology.push_back(input.facts->typology[alert]);
    both.push_back(severity.back() + " " + typology.back());
  }
  std::vector<Check> checks{
      check_confidence(scores, values_at(input.facts->confidence, input.sample))};
  // One table of constants is one shortcut, whatever its columns.
  Check table = check_groups("severity", scores, severity);
  if (table.passed) table = check_groups("typology", scores, typology);
  if (table.passed) table = check_groups("severity_and_typology", scores, both);
  checks.push_back(table);
  if (!input.other_day.empty()) {
    checks.push_back(check_other_day(scores, values_at(input.other_day, input.sample)));
  }
  checks.push_back(check_planted(input.scores, input.planted));
  return checks;
}

}  // namespace aml::validation
