#include "validation/views.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "example.h"
#include "metrics/correlation.h"

namespace aml::validation {
namespace {

using Values = std::vector<double>;

// Rounded, so that many are the same.
Values drawn(std::size_t rows, std::uint64_t seed) {
  example::Noise noise(seed);
  Values values(rows);
  for (double& value : values) value = std::floor(noise.uniform() * 40) / 39;
  return values;
}

Values savage_scores(const Values& values) {
  Values scores = metrics::average_ranks(values);
  for (double& score : scores) {
    score = -std::log(1 - (score - 0.5) / static_cast<double>(values.size()));
  }
  return scores;
}

// Among the sixteen on either side in the baseline's order, where those are there.
Values local_ranks(const Values& values, const Values& baseline) {
  const auto rows = static_cast<std::ptrdiff_t>(values.size());
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return baseline[a] < baseline[b]; });
  Values local(values.size());
  for (std::ptrdiff_t i = 0; i < rows; ++i) {
    const double own = values[order[static_cast<std::size_t>(i)]];
    double above = 0;
    double beside = 0;
    for (std::ptrdiff_t k = std::max<std::ptrdiff_t>(0, i - 16); k < std::min(rows, i + 17); ++k) {
      if (k == i) continue;
      const double other = values[order[static_cast<std::size_t>(k)]];
      above += own > other ? 1 : own < other ? -1 : 0;
      beside += 1;
    }
    local[order[static_cast<std::size_t>(i)]] = above / beside;
  }
  return local;
}

// As views.h describes them.
std::vector<Values> views_by_hand(const Values& scores, const Values& baseline) {
  Values log_odds;
  for (const double score : scores) {
    log_odds.push_back(example::log_odds(std::clamp(score, 1e-6, 1 - 1e-6)));
  }
  Values normal = metrics::average_ranks(scores);
  for (double& rank : normal) {
    rank = metrics::normal_quantile((rank - 0.5) / static_cast<double>(scores.size()));
  }
  const Values local = local_ranks(scores, baseline);
  const Values weights = savage_scores(baseline);
  Values local_top(scores.size());
  for (std::size_t i = 0; i < local.size(); ++i) local_top[i] = local[i] * weights[i];
  return {scores, log_odds, normal, savage_scores(scores), local, local_top};
}

double pearson(const Values& a, const Values& b) { return metrics::pearson(a, b).value_or(0); }

TEST(Views, CorrelateAsTheirValuesByHandDo) {
  for (const std::size_t rows : {5U, 16U, 17U, 33U, 47U, 48U, 49U, 64U, 301U}) {
    const Values baseline = drawn(rows, 3);
    const Values a = drawn(rows, 4);
    const Values b = drawn(rows, 5);
    const Views views(baseline);
    EXPECT_EQ(views.size(), rows);
    const auto of_a = views.residuals(a);
    const auto of_b = views.residuals(b);
    const auto by_hand_a = views_by_hand(a, baseline);
    const auto by_hand_b = views_by_hand(b, baseline);
    const auto of_baseline = views_by_hand(baseline, baseline);
    for (std::size_t v = 0; v < kViews.size(); ++v) {
      EXPECT_NEAR(views.correlation(of_a[v], of_b[v]), pearson(by_hand_a[v], by_hand_b[v]), 1e-5)
          << rows << " rows, " << view_name(kViews[v]);
      EXPECT_NEAR(views.baseline_correlation(of_a[v]), pearson(by_hand_a[v], of_baseline[v]), 1e-5)
          << rows << " rows, " << view_name(kViews[v]);
    }
  }
}

TEST(Views, LeaveNothingOfTheBaselineAndItsSquare) {
  const Values baseline = drawn(200, 3);
  const Views views(baseline);
  for (std::size_t v = 0; v < kViews.size(); ++v) {
    const Views::Residual residual = views.residuals(drawn(200, 4))[v];
    Values level = views_by_hand(baseline, baseline)[v];
    const double mean = std::accumulate(level.begin(), level.end(), 0.0) / 200;
    Values square;
    for (const double value : level) square.push_back((value - mean) * (value - mean));
    const Values values(residual.values.begin(), residual.values.end());
    EXPECT_NEAR(pearson(values, level), 0, 1e-5) << view_name(kViews[v]);
    EXPECT_NEAR(pearson(values, square), 0, 1e-5) << view_name(kViews[v]);
    double squares = 0;
    for (const double value : values) squares += value * value;
    EXPECT_NEAR(residual.squares, squares, 1e-9);
    EXPECT_NEAR(
        residual.squares + residual.level * residual.level + residual.square * residual.square, 200,
        1e-3);
    const Views::Residual of_constant = views.residuals(Values(200, 0.25))[v];
    EXPECT_EQ(of_constant.values, std::vector<float>(200, 0));
  }
}

// Scores that spread by 1e-9 differ; what spreads less is rounding.
TEST(Views, TakeForConstantWhatHardlySpreads) {
  const Views views(drawn(200, 3));
  for (const auto& [spread, is_constant] : {std::pair{1.1e-9, false}, {0.9e-9, true}}) {
    Values scores;
    for (int i = 0; i < 200; ++i) scores.push_back(0.5 + (i % 2 == 0 ? spread : -spread));
    const std::vector<float> values = views.residuals(scores)[0].values;
    EXPECT_EQ(values == std::vector<float>(200, 0), is_constant) << spread;
  }
}

void expect_normal_scores(const std::vector<float>& found, const Values& by_hand) {
  const Values values(found.begin(), found.end());
  double sum = 0;
  double squares = 0;
  for (const double value : values) {
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum, 0, 1e-3);
  EXPECT_NEAR(squares, static_cast<double>(values.size()), 1e-3);
  EXPECT_NEAR(pearson(values, by_hand), 1, 1e-9);
}

TEST(Views, GiveNormalScoresOfMeanZeroAndMeanSquareOne) {
  const Values baseline = drawn(200, 3);
  const Values scores = drawn(200, 4);
  const Views views(baseline);
  const auto residuals = views.residuals(scores);
  expect_normal_scores(views.baseline_normal_scores(), views_by_hand(baseline, baseline)[2]);
  expect_normal_scores(views.normal_scores(residuals[static_cast<std::size_t>(View::rank)]),
                       views_by_hand(scores, baseline)[2]);
}

}  // namespace
}  // namespace aml::validation
