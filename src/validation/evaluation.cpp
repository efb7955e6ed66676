#include "validation/evaluation.h"

#include <algorithm>
#include <array>
#include <functional>

#include "base/error.h"
#include "metrics/ranking.h"
#include "validation/ground_truth.h"

namespace aml::validation {

namespace {

using metrics::TieGroup;
using Groups = std::span<const TieGroup>;

constexpr std::size_t kNdcgShort = 10;
constexpr std::size_t kNdcgLong = 100;

struct Definition {
  const char* name;
  bool higher_is_better;
  bool needs_negatives;
  double (*of)(Groups groups, double brier);
};

constexpr std::array<Definition, 7> kDefinitions{{
    {"auc_roc", true, true, [](Groups g, double) { return metrics::auc_roc(g); }},
    {"auc_pr", true, false, [](Groups g, double) { return metrics::auc_pr(g); }},
    {"best_f1", true, false, [](Groups g, double) { return metrics::best_f1(g).f1; }},
    {"ndcg_at_10", true, false, [](Groups g, double) { return metrics::ndcg(g, kNdcgShort); }},
    {"ndcg_at_100", true, false, [](Groups g, double) { return metrics::ndcg(g, kNdcgLong); }},
    {"brier", false, false, [](Groups, double brier) { return brier; }},
    {"ground_truth_score", true, true,
     [](Groups g, double) { return ground_truth_score(metrics::auc_roc(g), metrics::auc_pr(g)); }},
}};

bool has_both_classes(std::int64_t positives, std::int64_t rows) {
  return positives > 0 && positives < rows;
}

// A model's scores, ready to be measured on resamples.
class Judged {
 public:
  Judged(std::span<const double> scores, std::span<const int> labels) : resampled_(scores, labels) {
    for (std::size_t i = 0; i < scores.size(); ++i) {
      const double error = scores[i] - (labels[i] != 0 ? 1.0 : 0.0);
      squared_errors_.push_back(error * error);
    }
  }

  // One value per definition. REQUIRES: the resample holds both classes.
  std::array<double, kDefinitions.size()> values(std::span<const std::uint32_t> times) {
    double brier = 0;
    double rows = 0;
    for (std::size_t i = 0; i < times.size(); ++i) {
      brier += times[i] * squared_errors_[i];
      rows += times[i];
    }
    const Groups groups = resampled_.groups(times);
    std::array<double, kDefinitions.size()> values{};
    for (std::size_t m = 0; m < values.size(); ++m) {
      values[m] = kDefinitions[m].of(groups, brier / rows);
    }
    return values;
  }

 private:
  metrics::ResampledScores resampled_;
  std::vector<double> squared_errors_;
};

// Values of every measure on every resample: by_measure[m][draw].
using Resamples = std::array<std::vector<double>, kDefinitions.size()>;

// Draws resamples of both classes and hands each to `judge`.
void resample(std::span<const int> labels, const EvaluationOptions& options,
              const std::function<void(std::span<const std::uint32_t>)>& judge) {
  const auto positives = std::count_if(labels.begin(), labels.end(), [](int l) { return l != 0; });
  if (!has_both_classes(positives, std::ssize(labels))) return;
  metrics::Resampler resampler(labels.size(), options.seed);
  for (int draw = 0; draw < options.resamples;) {
    const auto times = resampler.next();
    std::int64_t drawn = 0;
    for (std::size_t i = 0; i < times.size(); ++i) drawn += labels[i] != 0 ? times[i] : 0;
    // A resample of one class says nothing about order; with few positives it can happen.
    if (!has_both_classes(drawn, std::ssize(labels))) continue;
    judge(times);
    ++draw;
  }
}

void add_intervals(Evaluation& evaluation, const Resamples& resamples, double level) {
  for (std::size_t m = 0; m < kDefinitions.size(); ++m) {
    if (resamples[m].empty()) continue;
    evaluation.measures[m].interval = metrics::percentile_interval(resamples[m], level);
  }
}

Evaluation measure_all(std::span<const double> scores, std::span<const int> labels) {
  Evaluation evaluation;
  evaluation.alerts = std::ssize(labels);
  evaluation.positives = std::count_if(labels.begin(), labels.end(), [](int l) { return l != 0; });
  const std::vector<TieGroup> groups = metrics::tie_groups(scores, labels);
  const double brier = scores.empty() ? 0 : metrics::brier(scores, labels);
  const bool both = has_both_classes(evaluation.positives, evaluation.alerts);
  for (const Definition& definition : kDefinitions) {
    Measure measure{definition.name, definition.higher_is_better, std::nullopt, std::nullopt};
    const bool is_brier = !definition.higher_is_better;
    if (!scores.empty() &&
        (both || is_brier || (evaluation.positives > 0 && !definition.needs_negatives))) {
      measure.value = definition.of(groups, brier);
    }
    evaluation.measures.push_back(measure);
  }
  if (evaluation.positives > 0) evaluation.best_f1_threshold = metrics::best_f1(groups).threshold;
  evaluation.calibration = metrics::calibration_curve(scores, labels);
  return evaluation;
}

}  // namespace

const Measure& Evaluation::measure(std::string_view name) const {
  const auto found = std::find_if(measures.begin(), measures.end(),
                                  [&](const Measure& m) { return m.name == name; });
  if (found == measures.end()) {
    throw Error(ErrorKind::internal, "there is no measure " + std::string(name));
  }
  return *found;
}

Evaluation evaluate(std::span<const double> scores, std::span<const int> labels,
                    const EvaluationOptions& options) {
  Evaluation evaluation = measure_all(scores, labels);
  Judged judged(scores, labels);
  Resamples resamples;
  resample(labels, options, [&](std::span<const std::uint32_t> times) {
    const auto values = judged.values(times);
    for (std::size_t m = 0; m < values.size(); ++m) resamples[m].push_back(values[m]);
  });
  add_intervals(evaluation, resamples, options.level);
  return evaluation;
}

Comparison compare(std::span<const double> first, std::span<const double> second,
                   std::span<const int> labels, const EvaluationOptions& options) {
  Comparison comparison{measure_all(first, labels), measure_all(second, labels), {}, 0};
  Judged judged_first(first, labels);
  Judged judged_second(second, labels);
  Resamples of_first;
  Resamples of_second;
  Resamples of_difference;
  resample(labels, options, [&](std::span<const std::uint32_t> times) {
    const auto a = judged_first.values(times);
    const auto b = judged_second.values(times);
    for (std::size_t m = 0; m < a.size(); ++m) {
      of_first[m].push_back(a[m]);
      of_second[m].push_back(b[m]);
      of_difference[m].push_back(a[m] - b[m]);
    }
  });
  add_intervals(comparison.first, of_first, options.level);
  add_intervals(comparison.second, of_second, options.level);
  for (std::size_t m = 0; m < kDefinitions.size(); ++m) {
    Difference difference{kDefinitions[m].name, std::nullopt, std::nullopt, 0};
    const auto& a = comparison.first.measures[m].value;
    const auto& b = comparison.second.measures[m].value;
    if (a && b) difference.value = *a - *b;
    if (!of_difference[m].empty()) {
      difference.interval = metrics::percentile_interval(of_difference[m], options.level);
      if (difference.interval->excludes_zero()) {
        difference.winner =
            (difference.interval->low > 0) == kDefinitions[m].higher_is_better ? 1 : 2;
      }
    }
    if (difference.name == std::string("ground_truth_score")) comparison.winner = difference.winner;
    comparison.differences.push_back(difference);
  }
  return comparison;
}

}  // namespace aml::validation
