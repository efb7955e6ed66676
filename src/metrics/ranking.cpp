#include "metrics/ranking.h"

#include <algorithm>
#include <cmath>
#include <ranges>
#include <string>

#include "base/error.h"
#include "metrics/order.h"

namespace aml::metrics {

namespace {

struct Counts {
  std::int64_t positives = 0;
  std::int64_t negatives = 0;
};

Counts count(std::span<const TieGroup> groups) {
  Counts counts;
  for (const TieGroup& group : groups) {
    counts.positives += group.positives;
    counts.negatives += group.rows - group.positives;
  }
  return counts;
}

std::int64_t require_positives(std::span<const TieGroup> groups, const char* metric) {
  const std::int64_t positives = count(groups).positives;
  if (positives == 0) {
    throw Error(ErrorKind::bad_input, std::string(metric) + " needs at least one positive label");
  }
  return positives;
}

}  // namespace

std::vector<TieGroup> tie_groups(std::span<const double> scores, std::span<const int> labels) {
  if (scores.size() != labels.size()) {
    throw Error(ErrorKind::internal, "metrics: scores and labels differ in number");
  }
  const std::vector<std::uint32_t> order = ascending_order(scores);
  std::vector<TieGroup> groups;
  groups.reserve(scores.size());
  for (const std::uint32_t row : order | std::views::reverse) {
    if (groups.empty() || groups.back().score != scores[row]) groups.push_back({scores[row]});
    groups.back().rows += 1;
    groups.back().positives += labels[row] != 0 ? 1 : 0;
  }
  return groups;
}

double auc_roc(std::span<const double> scores, std::span<const int> labels) {
  return auc_roc(tie_groups(scores, labels));
}

double auc_roc(std::span<const TieGroup> groups) {
  const auto [positives, negatives] = count(groups);
  if (positives == 0 || negatives == 0) {
    throw Error(ErrorKind::bad_input, "AUC-ROC needs labels of both classes");
  }
  // In halves of a pair, so that the sum is an exact integer.
  std::int64_t half_wins = 0;
  std::int64_t negatives_below = negatives;
  for (const TieGroup& group : groups) {
    const std::int64_t tied_negatives = group.rows - group.positives;
    negatives_below -= tied_negatives;
    half_wins += group.positives * (2 * negatives_below + tied_negatives);
  }
  return static_cast<double>(half_wins) /
         (2.0 * static_cast<double>(positives) * static_cast<double>(negatives));
}

double auc_pr(std::span<const double> scores, std::span<const int> labels) {
  return auc_pr(tie_groups(scores, labels));
}

double auc_pr(std::span<const TieGroup> groups) {
  const auto positives = static_cast<double>(require_positives(groups, "AUC-PR"));
  double area = 0;
  std::int64_t true_positives = 0;
  std::int64_t predicted = 0;
  for (const TieGroup& group : groups) {
    if (group.rows == 0) continue;
    true_positives += group.positives;
    predicted += group.rows;
    const double precision = static_cast<double>(true_positives) / static_cast<double>(predicted);
    area += static_cast<double>(group.positives) / positives * precision;
  }
  return std::min(area, 1.0);  // the shares add up to 1 but for their rounding
}

double ndcg(std::span<const double> scores, std::span<const int> labels, std::size_t k) {
  return ndcg(tie_groups(scores, labels), k);
}

double ndcg(std::span<const TieGroup> groups, std::size_t k) {
  const auto [positives, negatives] = count(groups);
  const auto rows = static_cast<std::size_t>(positives + negatives);
  const std::size_t places = k == 0 ? rows : std::min(k, rows);
  const auto discount = [](std::size_t place) {
    return 1.0 / std::log2(static_cast<double>(place) + 1.0);
  };
  double gained = 0;
  std::size_t place = 1;
  for (const TieGroup& group : groups) {
    if (place > places) break;
    double discounts = 0;
    for (std::int64_t i = 0; i < group.rows; ++i, ++place) {
      if (place <= places) discounts += discount(place);
    }
    if (group.rows == 0) continue;
    gained += discounts * static_cast<double>(group.positives) / static_cast<double>(group.rows);
  }
  double ideal = 0;
  const std::size_t best = std::min(static_cast<std::size_t>(positives), places);
  for (std::size_t i = 1; i <= best; ++i) ideal += discount(i);
  return ideal == 0 ? 0 : std::min(gained / ideal, 1.0);
}

BestF1 best_f1(std::span<const double> scores, std::span<const int> labels) {
  return best_f1(tie_groups(scores, labels));
}

BestF1 best_f1(std::span<const TieGroup> groups) {
  const std::int64_t positives = require_positives(groups, "F1");
  BestF1 best;
  std::int64_t true_positives = 0;
  std::int64_t predicted = 0;
  for (const TieGroup& group : groups) {
    true_positives += group.positives;
    predicted += group.rows;
    const double f1 =
        2.0 * static_cast<double>(true_positives) / static_cast<double>(predicted + positives);
    if (f1 > best.f1) best = {f1, group.score};
  }
  return best;
}

double brier(std::span<const double> scores, std::span<const int> labels) {
  if (scores.size() != labels.size() || scores.empty()) {
    throw Error(ErrorKind::bad_input, "the Brier score needs as many labels as scores, and some");
  }
  double sum = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double error = scores[i] - (labels[i] != 0 ? 1.0 : 0.0);
    sum += error * error;
  }
  return sum / static_cast<double>(scores.size());
}

}  // namespace aml::metrics
