#include "validation/views.h"

#include <algorithm>
#include <cmath>

#include "metrics/correlation.h"
#include "metrics/odds.h"
#include "metrics/order.h"

namespace aml::validation {

namespace {

// Alerts on either side, in the baseline's order, that an alert is ranked among: so few that their
// baseline hardly differs.
constexpr std::size_t kBeside = 16;

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

std::int32_t sign(std::int32_t a, std::int32_t b) { return (a > b) - (a < b); }

// For each value, how many more of the kBeside on either side of it are lower than are higher.
std::vector<std::int32_t> above_beside(std::span<const std::int32_t> values) {
  const std::size_t size = values.size();
  std::vector<std::int32_t> above(size);
  const auto count_one = [&](std::size_t i) {
    for (std::size_t step = 1; step <= kBeside; ++step) {
      if (step <= i) above[i] += sign(values[i], values[i - step]);
      if (i + step < size) above[i] += sign(values[i], values[i + step]);
    }
  };
  // Sixteen at a time, as vectors, where all have kBeside on either side.
  constexpr std::size_t kAtOnce = 16;
  std::size_t i = 0;
  for (; i < std::min(kBeside, size); ++i) count_one(i);
  for (; i + kAtOnce + kBeside <= size; i += kAtOnce) {
    std::array<std::int32_t, kAtOnce> sums{};
    const std::int32_t* own = values.data() + i;
    for (std::size_t step = 1; step <= kBeside; ++step) {
      for (std::size_t at = 0; at < kAtOnce; ++at) {
        sums[at] += sign(own[at], *(own + at - step)) + sign(own[at], own[at + step]);
      }
    }
    std::copy(sums.begin(), sums.end(), above.begin() + static_cast<std::ptrdiff_t>(i));
  }
  for (; i < size; ++i) count_one(i);
  return above;
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
    case View::local_rank:
      return "local rank";
    case View::local_top:
      return "local top rank";
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
  order_ = metrics::ascending_order(baseline);
  top_weights_.resize(size_);
  const std::vector<double> ranks = metrics::average_ranks(baseline);
  for (std::size_t i = 0; i < size_; ++i) {
    top_weights_[i] = savage_scores_[static_cast<std::size_t>(2 * ranks[i])];
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

std::vector<double> Views::local_ranks(std::span<const std::int32_t> ranks) const {
  std::vector<std::int32_t> sorted(size_);
  for (std::size_t i = 0; i < size_; ++i) sorted[i] = ranks[order_[i]];
  const std::vector<std::int32_t> above = above_beside(sorted);
  std::vector<double> local(size_);
  for (std::size_t i = 0; i < size_; ++i) {
    const std::size_t beside = std::min(i, kBeside) + std::min(size_ - 1 - i, kBeside);
    local[order_[i]] =
        beside == 0 ? 0 : static_cast<double>(above[i]) / static_cast<double>(beside);
  }
  return local;
}

std::array<std::vector<double>, kViews.size()> Views::standardized(
    std::span<const double> scores) const {
  std::array<std::vector<double>, kViews.size()> views;
  const std::vector<double> ranks = metrics::average_ranks(scores);
  for (std::vector<double>& view : views) view.resize(size_);
  std::vector<std::int32_t> twice_ranks(size_);
  for (std::size_t i = 0; i < size_; ++i) twice_ranks[i] = static_cast<std::int32_t>(2 * ranks[i]);
  const std::vector<double> local = local_ranks(twice_ranks);
  constexpr double kEdge = 1e-6;  // of log-odds
  for (std::size_t i = 0; i < size_; ++i) {
    const auto twice_rank = static_cast<std::size_t>(twice_ranks[i]);
    views[0][i] = scores[i];
    views[1][i] = metrics::log_odds(scores[i], kEdge);
    views[2][i] = normal_scores_[twice_rank];
    views[3][i] = savage_scores_[twice_rank];
    views[4][i] = local[i];
    views[5][i] = local[i] * top_weights_[i];
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

std::vector<float> Views::baseline_normal_scores() const {
  const std::vector<double>& level = controls_[static_cast<std::size_t>(View::rank)][0];
  const double size = std::sqrt(static_cast<double>(size_));
  std::vector<float> scores(size_);
  for (std::size_t i = 0; i < size_; ++i) scores[i] = static_cast<float>(size * level[i]);
  return scores;
}

std::vector<float> Views::normal_scores(const Residual& rank) const {
  const auto& [level, square] = controls_[static_cast<std::size_t>(View::rank)];
  std::vector<float> scores = rank.values;
  for (std::size_t i = 0; i < size_; ++i) {
    scores[i] += static_cast<float>(rank.level * level[i] + rank.square * square[i]);
  }
  return scores;
}

}  // namespace aml::validation
