#include "validation/reference_stack.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "metrics/odds.h"
#include "models/boosting.h"
#include "validation/least_squares.h"

namespace aml::validation {

namespace {

constexpr double kRidge = 5;      // rows that say that a coefficient is 0
constexpr double kFurthest = 12;  // log-odds
constexpr int kTrees = 60;
constexpr int kLeaves = 7;
constexpr double kRate = 0.05;
constexpr std::size_t kFewestRows = 50;  // of a leaf, and at least this share of all:
constexpr double kFewestShare = 0.01;

// All rows with a label of some days, one after the other.
struct Pool {
  std::vector<std::vector<double>> smooth;
  std::vector<std::vector<double>> trees;
  std::vector<float> labels;
  std::vector<std::size_t> rows;  // 0, 1, 2, …
};

void append(const std::vector<std::vector<double>>& from, std::span<const int> labels,
            std::vector<std::vector<double>>& to) {
  to.resize(from.size());
  for (std::size_t c = 0; c < from.size(); ++c) {
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (labels[i] >= 0) to[c].push_back(from[c][i]);
    }
  }
}

Pool pool_of(std::span<const TaughtDay> days) {
  Pool pool;
  for (const TaughtDay& day : days) {
    append(day.columns->smooth, day.labels, pool.smooth);
    append(day.columns->trees, day.labels, pool.trees);
    for (const int label : day.labels) {
      if (label >= 0) pool.labels.push_back(static_cast<float>(label));
    }
  }
  pool.rows.resize(pool.labels.size());
  std::iota(pool.rows.begin(), pool.rows.end(), std::size_t{0});
  return pool;
}

std::vector<double> linear(const std::vector<std::vector<double>>& columns,
                           std::span<const double> coefficients) {
  std::vector<double> sums(columns.front().size());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += coefficients[c] * columns[c][i];
  }
  for (double& sum : sums) sum = std::clamp(sum, -kFurthest, kFurthest);
  return sums;
}

// Ridge logistic regression by Newton's steps (iteratively reweighted least squares).
std::vector<double> regress(const Pool& pool) {
  constexpr int kSteps = 12;
  const std::size_t size = pool.smooth.size();
  const auto columns = views_of(pool.smooth);
  std::vector<double> coefficients(size);
  for (int step = 0; step < kSteps; ++step) {
    const std::vector<double> odds = linear(pool.smooth, coefficients);
    std::vector<double> weights(odds.size());
    std::vector<double> errors(odds.size());
    for (std::size_t i = 0; i < odds.size(); ++i) {
      const double p = metrics::chance(odds[i]);
      weights[i] = std::max(p * (1 - p), 1e-6);
      errors[i] = static_cast<double>(pool.labels[i]) - p;
    }
    std::vector<double> gram(size * size);
    add_products(columns, pool.rows, weights, gram);
    std::vector<double> slope(size);
    for (std::size_t c = 0; c < size; ++c) {
      for (std::size_t i = 0; i < errors.size(); ++i) slope[c] += columns[c][i] * errors[i];
      if (c > 0) slope[c] -= kRidge * coefficients[c];  // the constant is free
      gram[c * size + c] += c > 0 ? kRidge : 1e-6;
    }
    const std::vector<double> move = Cholesky(std::move(gram), size).solve(slope);
    double furthest = 0;
    for (std::size_t c = 0; c < size; ++c) {
      coefficients[c] += std::clamp(move[c], -2.0, 2.0);
      furthest = std::max(furthest, std::abs(move[c]));
    }
    if (furthest < 1e-8) break;
  }
  return coefficients;
}

}  // namespace

struct ReferenceStack::State {
  std::vector<double> coefficients;
  std::optional<models::Boosting> trees;
};

ReferenceStack::ReferenceStack(std::span<const TaughtDay> days, std::uint64_t seed) {
  const Pool pool = pool_of(days);
  const auto positives = std::count(pool.labels.begin(), pool.labels.end(), 1.0F);
  if (positives == 0 || positives == std::ssize(pool.labels)) return;
  state_ = std::make_unique<State>();
  state_->coefficients = regress(pool);
  state_->trees.emplace(views_of(pool.trees), pool.rows, pool.labels,
                        linear(pool.smooth, state_->coefficients),
                        models::BoostingParameters{.objective = "binary",
                                                   .leaves = kLeaves,
                                                   .trees = kTrees,
                                                   .learning_rate = kRate,
                                                   .fewest_rows = kFewestRows,
                                                   .fewest_share = kFewestShare,
                                                   .seed = seed});
}

ReferenceStack::~ReferenceStack() = default;

std::vector<double> ReferenceStack::log_odds(const PublicColumns& columns) const {
  std::vector<double> odds = linear(columns.smooth, state_->coefficients);
  std::vector<std::size_t> rows(odds.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  const std::vector<double> more = state_->trees->raw(views_of(columns.trees), rows);
  for (std::size_t i = 0; i < odds.size(); ++i) {
    odds[i] = std::clamp(odds[i] + more[i], -kFurthest, kFurthest);
  }
  return odds;
}

std::vector<double> untaught_log_odds(std::span<const double> stock_scores) {
  constexpr double kEdge = 1e-5;
  std::vector<double> odds;
  for (const double score : stock_scores) odds.push_back(metrics::log_odds(score, kEdge));
  return odds;
}

}  // namespace aml::validation
