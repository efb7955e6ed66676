#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

// How well scores order alerts whose truth is known. In all of these, scores[i] belongs to
// labels[i], a label is 0 or 1, and equal scores are ties: the order of the input never changes a
// result.
namespace aml::metrics {

// All rows of one score. Everything that only looks at the order of the rows is a function of
// these, so a resample of the rows (bootstrap.h) is scored without sorting again.
struct TieGroup {
  double score = 0;
  std::int64_t positives = 0;
  std::int64_t rows = 0;
};
// The groups of equal scores, the highest first.
std::vector<TieGroup> tie_groups(std::span<const double> scores, std::span<const int> labels);

// Area under the ROC curve: the probability that a positive scores above a negative, ties counted
// half (the Mann-Whitney statistic). Equals scikit-learn's roc_auc_score. Throws Error{bad_input}
// where the labels are not of both classes.
double auc_roc(std::span<const double> scores, std::span<const int> labels);
double auc_roc(std::span<const TieGroup> groups);

// Average precision, Σ (Rₙ − Rₙ₋₁) Pₙ over the distinct scores from the highest down, without
// interpolation; at most 1. Equals scikit-learn's average_precision_score. Throws Error{bad_input}
// where no label is 1.
double auc_pr(std::span<const double> scores, std::span<const int> labels);
double auc_pr(std::span<const TieGroup> groups);

// Normalized discounted cumulative gain of the first k (0: all), gain = label, discount
// 1 / log2(place + 1); tied rows share the mean gain of their places. Equals scikit-learn's
// ndcg_score. 0 where no label is 1.
double ndcg(std::span<const double> scores, std::span<const int> labels, std::size_t k = 0);
double ndcg(std::span<const TieGroup> groups, std::size_t k = 0);

struct BestF1 {
  double f1 = 0;
  double threshold = 0;  // positive means score >= threshold
};
// The highest F1 over all thresholds, and the highest threshold that reaches it. Throws
// Error{bad_input} where no label is 1.
BestF1 best_f1(std::span<const double> scores, std::span<const int> labels);
BestF1 best_f1(std::span<const TieGroup> groups);

// Mean squared difference of score and label. Throws Error{bad_input} where there are no rows.
double brier(std::span<const double> scores, std::span<const int> labels);

}  // namespace aml::metrics
