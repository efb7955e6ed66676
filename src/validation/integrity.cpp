#include "validation/integrity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace aml::validation {

namespace {

std::string with_first(const std::string& text, const Submission& submission) {
  return submission.first_problem.empty() ? text : text + "; " + submission.first_problem;
}

// A check whose figure counts what is wrong.
Check none_of(std::string name, std::int64_t count, const std::string& what,
              const Submission& submission) {
  Check check{std::move(name), count == 0, static_cast<double>(count), 0, ""};
  if (count > 0) {
    check.effect = -kIntegrityPoints;
    check.reason = with_first(fmt::format("{} {}", count, what), submission);
  }
  return check;
}

}  // namespace

std::vector<Check> check_integrity(const Submission& submission,
                                   const std::string& processing_date) {
  std::vector<Check> checks;
  Check day{"processing_date", submission.processing_date == processing_date, 0, 0, ""};
  if (!day.passed) {
    day.effect = -kIntegrityPoints;
    day.reason = fmt::format("it is for the day \"{}\", asked was {}", submission.processing_date,
                             processing_date);
  }
  checks.push_back(day);
  checks.push_back(none_of("complete", submission.unscored, "alerts have no row", submission));
  checks.push_back(none_of("unique", submission.duplicates, "rows repeat an alert", submission));
  checks.push_back(
      none_of("known", submission.unknown, "rows are of alerts not in the snapshot", submission));
  checks.push_back(none_of("typed", submission.malformed,
                           "rows lack a field or have it of the wrong type", submission));
  checks.push_back(
      none_of("in_range", submission.out_of_range, "scores are not in [0, 1]", submission));
  Check latency = none_of("latency", submission.bad_latencies,
                          "latencies are not positive or longer than a day", submission);
  if (latency.passed) {
    latency.figure = submission.mean_latency_ms;
    latency.passed = submission.mean_latency_ms <= kSlowestMeanLatencyMs;
    if (!latency.passed) {
      latency.effect = -kIntegrityPoints;
      latency.reason = fmt::format("on average {:.1f} ms an alert, more than {:.0f}",
                                   submission.mean_latency_ms, kSlowestMeanLatencyMs);
    }
  }
  checks.push_back(latency);
  return checks;
}

Check check_determinism(std::span<const double> first, std::span<const double> second) {
  Check check{"deterministic", true, 0, 0, ""};
  if (first.size() != second.size()) check.figure = 1;
  for (std::size_t i = 0; i < std::min(first.size(), second.size()); ++i) {
    if (std::isnan(first[i]) && std::isnan(second[i])) continue;
    const double difference =
        std::isnan(first[i]) || std::isnan(second[i]) ? 1 : std::abs(first[i] - second[i]);
    check.figure = std::max(check.figure, difference);
  }
  check.passed = check.figure <= kSameScore;
  if (!check.passed) {
    check.effect = -kIntegrityPoints;
    check.reason = fmt::format("asked twice, scores differ by up to {:.3g}", check.figure);
  }
  return check;
}

}  // namespace aml::validation
