#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "metrics/bootstrap.h"
#include "validation/evaluation.h"

// Whether a challenger's scores are better than the champion's on days whose truth is known.
namespace aml::validation {

// The labelled alerts of one day, row by row.
struct PromotionDay {
  std::string processing_date;
  std::vector<double> champion;
  std::vector<double> challenger;
  std::vector<int> labels;
  std::vector<std::string> addresses;  // alerts of one address are drawn together
};

struct Promotion {
  struct Day {
    std::string processing_date;
    std::int64_t alerts = 0;
    std::int64_t positives = 0;
    double champion = 0;  // ground_truth_score
    double challenger = 0;
  };
  std::vector<Day> days;  // that have both classes
  double difference = 0;  // challenger minus champion, the mean of the days
  std::optional<metrics::Interval> interval;

  // The whole interval is above 0, or below.
  bool is_better() const { return interval && interval->low > 0; }
  bool is_worse() const { return interval && interval->high < 0; }
};

// Both on the same resamples of each day's addresses. Days of one class, and those with fewer than
// kFewestLabels labels, are left out. REQUIRES: options.resamples > 0
Promotion compare_challenger(std::span<const PromotionDay> days,
                             const EvaluationOptions& options = {});

}  // namespace aml::validation
