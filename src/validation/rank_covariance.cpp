#include "validation/rank_covariance.h"

#include <cstddef>

#include "base/threads.h"
#include "validation/public_columns.h"
#include "validation/sampled.h"

namespace aml::validation {

namespace {

constexpr double kHighestTarget = 4;

double product_of(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace

std::vector<double> rank_covariances(std::span<const double> log_odds,
                                     std::span<const std::span<const double>> answers,
                                     std::span<const int> labels, int threads) {
  std::vector<std::size_t> labelled;
  double filed = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0) continue;
    labelled.push_back(i);
    filed += labels[i];
  }
  std::vector<double> covariances(answers.size());
  if (labelled.empty()) return covariances;
  const auto count = static_cast<double>(labelled.size());
  std::vector<double> target;
  for (const std::size_t i : labelled) {
    target.push_back(kHighestTarget * (labels[i] - filed / count));
  }
  const std::vector<double> q = gaussian_ranks(values_at(log_odds, labelled));
  const double q_squares = product_of(q, q);
  const double q_covariance = product_of(target, q) / count;
  parallel_blocks(answers.size(), 1, threads, [&](std::size_t i, std::size_t) {
    const std::vector<double> ranks = gaussian_ranks(values_at(answers[i], labelled));
    const double along = q_squares > 0 ? product_of(ranks, q) / q_squares : 0;
    covariances[i] = product_of(target, ranks) / count - along * q_covariance;
  });
  return covariances;
}

}  // namespace aml::validation
