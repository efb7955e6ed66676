#include "validation/views.h"

#include <algorithm>
#include <cmath>

#include "metrics/correlation.h"

namespace aml::validation {

namespace {

double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

void subtract(std::vector<double>& from, double times, std::span<const double> what) {
  for (std::size_t i = 0; i < from.size(); ++i) from[i] -= times * what[i];
}

// To mean 0 and the sum of squares `squares`; all zeros where nothing but rounding is left.
void standardize(std::vector<double>& values, double squares) {
  constexpr double kNothing = 1e-18;
  const auto n = static_cast<double>(values.size());
  double mean = 0;
  for (const double value : values) mean += value / n;
  for (double& value : values) value -= mean;
  const double sum = dot(values, values);
  const double factor = sum / n < kNothing ? 0 : std::sqrt(squares / sum);
  for (double& value : values) value *= factor;
}

double log_odds(double score) {
  constexpr double kEdge = 1e-6;
  const double inside = std::clamp(score, kEdge, 1 - kEdge);
  return std::log(inside / (1 - inside));
}

}  // namespace

std::string view_name(View view) {
  switch (view) {
    case View::score:
      return "score";
    case View::log_odds:
      return "log odds";
    case View::rank:
      return "rank";
    case View::top_rank:
      return "top rank";
  }
  return "";
}

Views::Views(std::span<const double> baseline) : size_(baseline.size()) {
  const auto n = static_cast<double>(size_);
  normal_scores_.resize(2 * size_ + 1);
  savage_scores_.resize(2 * size_ + 1);
  for (std::size_t twice = 2; twice <= 2 * size_; ++twice) {
    const double share = (static_cast<double>(twice) / 2 - 0.5) / n;
    normal_scores_[twice] = metrics::normal_quantile(share);
    savage_scores_[twice] = -std::log1p(-share);  // the highest ranks stand far apart
  }
  const auto levels = standardized(baseline);
  for (std::size_t v = 0; v < kViews.size(); ++v) {
    std::vector<double> level = levels[v];
    standardize(level, 1);
    std::vector<double> square = level;
    for (double& value : square) value *= value;
    standardize(square, 1);
    subtract(square, dot(square, level), level);
    standardize(square, 1);
    controls_[v] = {std::move(level), std::move(square)};
  }
}

std::array<std::vector<double>, kViews.size()> Views::standardized(
    std::span<const double> scores) const {
  std::array<std::vector<double>, kViews.size()> views;
  const std::vector<double> ranks = metrics::average_ranks(scores);
  for (std::vector<double>& view : views) view.resize(size_);
  for (std::size_t i = 0; i < size_; ++i) {
    const auto twice_rank = static_cast<std::size_t>(2 * ranks[i]);
    views[0][i] = scores[i];
    views[1][i] = log_odds(scores[i]);
    views[2][i] = normal_scores_[twice_rank];
    views[3][i] = savage_scores_[twice_rank];
  }
  for (std::vector<double>& view : views) standardize(view, static_cast<double>(size_));
  return views;
}

std::array<Views::Residual, kViews.size()> Views::residuals(std::span<const double> scores) const {
  auto views = standardized(scores);
  std::array<Residual, kViews.size()> residuals;
  for (std::size_t v = 0; v < kViews.size(); ++v) {
    std::vector<double>& values = views[v];
    Residual& residual = residuals[v];
    residual.level = dot(values, controls_[v][0]);
    subtract(values, residual.level, controls_[v][0]);
    residual.square = dot(values, controls_[v][1]);
    subtract(values, residual.square, controls_[v][1]);
    residual.values.assign(values.begin(), values.end());
    for (const float value : residual.values)
      residual.squares += static_cast<double>(value) * value;
  }
  return residuals;
}

double Views::correlation(const Residual& a, const Residual& b) const {
  double products = a.level * b.level + a.square * b.square;
  for (std::size_t i = 0; i < size_; ++i) {
    products += static_cast<double>(a.values[i]) * static_cast<double>(b.values[i]);
  }
  return products / static_cast<double>(size_);
}

double Views::baseline_correlation(const Residual& a) const {
  return a.level / std::sqrt(static_cast<double>(size_));
}

}  // namespace aml::validation
