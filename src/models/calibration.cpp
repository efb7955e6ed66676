#include "models/calibration.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "forest/objective.h"

namespace aml::models {

namespace {

constexpr double kSlopeDeviation = 1;
constexpr double kInterceptDeviation = 10;

// Minus the log of the posterior, its gradient and its second derivatives.
struct Loss {
  double value = 0;
  double by_slope = 0;
  double by_intercept = 0;
  double slope_slope = 0;
  double slope_intercept = 0;
  double intercept_intercept = 0;
};

Loss loss_of(const Calibration& calibration, std::span<const double> raw,
             std::span<const int> labels) {
  Loss loss;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const double z = calibration.slope * raw[i] + calibration.intercept;
    const double p = forest::published_score(z);
    const double weight = p * (1 - p);
    // log(1 + e^z) without overflow
    loss.value += std::max(z, 0.0) + std::log1p(std::exp(-std::abs(z))) - labels[i] * z;
    loss.by_slope += (p - labels[i]) * raw[i];
    loss.by_intercept += p - labels[i];
    loss.slope_slope += weight * raw[i] * raw[i];
    loss.slope_intercept += weight * raw[i];
    loss.intercept_intercept += weight;
  }
  const double slope_weight = 1 / (kSlopeDeviation * kSlopeDeviation);
  const double intercept_weight = 1 / (kInterceptDeviation * kInterceptDeviation);
  const double away = calibration.slope - 1;
  loss.value += away * away * slope_weight / 2 +
                calibration.intercept * calibration.intercept * intercept_weight / 2;
  loss.by_slope += away * slope_weight;
  loss.by_intercept += calibration.intercept * intercept_weight;
  loss.slope_slope += slope_weight;
  loss.intercept_intercept += intercept_weight;
  return loss;
}

// Newton's method with halved steps; of the intercept alone where the slope is held.
Calibration descend(Calibration at, std::span<const double> raw, std::span<const int> labels,
                    bool holds_slope) {
  constexpr int kMostSteps = 100;
  constexpr double kSmallestStep = 1e-10;
  Loss loss = loss_of(at, raw, labels);
  for (int step = 0; step < kMostSteps; ++step) {
    const double determinant =
        loss.slope_slope * loss.intercept_intercept - loss.slope_intercept * loss.slope_intercept;
    double slope_step = 0;
    double intercept_step = loss.by_intercept / loss.intercept_intercept;
    if (!holds_slope && determinant > 0) {
      slope_step =
          (loss.intercept_intercept * loss.by_slope - loss.slope_intercept * loss.by_intercept) /
          determinant;
      intercept_step =
          (loss.slope_slope * loss.by_intercept - loss.slope_intercept * loss.by_slope) /
          determinant;
    }
    double length = 1;
    Calibration next = at;
    Loss next_loss = loss;
    for (; length > kSmallestStep; length /= 2) {
      next = {at.slope - length * slope_step, at.intercept - length * intercept_step};
      next_loss = loss_of(next, raw, labels);
      if (next_loss.value <= loss.value) break;
    }
    const double moved = length * (std::abs(slope_step) + std::abs(intercept_step));
    if (length <= kSmallestStep || moved < kSmallestStep) break;
    at = next;
    loss = next_loss;
  }
  return at;
}

}  // namespace

double Calibration::probability(double raw) const {
  return forest::published_score(slope * raw + intercept);
}

Calibration fit_calibration(std::span<const double> raw, std::span<const int> labels) {
  Calibration fitted = descend({}, raw, labels, /*holds_slope=*/false);
  if (fitted.slope < kLeastSlope) {
    fitted = descend({kLeastSlope, fitted.intercept}, raw, labels, /*holds_slope=*/true);
  }
  return fitted;
}

double slope_information(const Calibration& calibration, std::span<const double> raw,
                         std::span<const int> labels) {
  const Loss loss = loss_of(calibration, raw, labels);
  return loss.slope_slope - loss.slope_intercept * loss.slope_intercept / loss.intercept_intercept;
}

// Weighted least squares of log slope = a + b · log share, with a prior of b; a is at a share of 1.
double slope_of_all_rows(std::span<const DaySlope> slopes) {
  constexpr double kPrior = 1 / (kSlopeGrowthDeviation * kSlopeGrowthDeviation);
  double weights = 0;
  double x_sum = 0;
  double y_sum = 0;
  double xx_sum = kPrior;
  double xy_sum = kPrior * kSlopeGrowth;
  for (const DaySlope& day : slopes) {
    const double x = std::log(day.learned_share);
    const double y = std::log(day.slope);
    const double weight = day.information * day.slope * day.slope;
    weights += weight;
    x_sum += weight * x;
    y_sum += weight * y;
    xx_sum += weight * x * x;
    xy_sum += weight * x * y;
  }
  // The prior keeps this above 0.
  const double determinant = weights * xx_sum - x_sum * x_sum;
  return std::max(kLeastSlope, std::exp((xx_sum * y_sum - x_sum * xy_sum) / determinant));
}

Calibration anchored(Calibration calibration, std::span<const double> raw, double base_rate) {
  double highest = 0;
  for (const double score : raw) highest = std::max(highest, std::abs(score));
  // Beyond these every probability is nearly 0, or 1.
  double low = -calibration.slope * highest - 50;
  double high = -low;
  constexpr int kHalvings = 100;
  for (int i = 0; i < kHalvings; ++i) {
    calibration.intercept = (low + high) / 2;
    double sum = 0;
    for (const double score : raw) sum += calibration.probability(score);
    (sum < base_rate * static_cast<double>(raw.size()) ? low : high) = calibration.intercept;
  }
  return calibration;
}

double PublishedScale::score(double raw) const {
  return calibration ? map.score(calibration->probability(raw)) : forest::published_score(raw);
}

std::optional<double> PublishedScale::probability(double raw) const {
  if (!calibration) return std::nullopt;
  return calibration->probability(raw);
}

double Share::value() const {
  return rows == 0 ? 0 : static_cast<double>(positives) / static_cast<double>(rows);
}

Share share_of(std::span<const int> labels, std::span<const std::uint32_t> groups) {
  Share share;
  share.rows = labels.size();
  if (labels.empty()) return share;
  share.positives = static_cast<std::size_t>(std::count(labels.begin(), labels.end(), 1));
  const auto n = static_cast<double>(share.rows);
  const double p = share.value();
  double independent = n;
  if (!groups.empty() && p > 0 && p < 1) {
    std::unordered_map<std::uint32_t, double> residual;
    for (std::size_t i = 0; i < labels.size(); ++i) residual[groups[i]] += labels[i] - p;
    // In the order of the rows, so that the sum has the same bits every time.
    double between = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      double& sum = residual[groups[i]];
      between += sum * sum;
      sum = 0;
    }
    if (between > 0) independent = std::min(n, p * (1 - p) * n * n / between);
  }
  constexpr double kTwoSided95 = 1.959963984540054;
  const double z2 = kTwoSided95 * kTwoSided95;
  const double center = (p + z2 / (2 * independent)) / (1 + z2 / independent);
  const double half = kTwoSided95 / (1 + z2 / independent) *
                      std::sqrt(p * (1 - p) / independent + z2 / (4 * independent * independent));
  share.low = std::max(0.0, center - half);
  share.high = std::min(1.0, center + half);
  return share;
}

}  // namespace aml::models
