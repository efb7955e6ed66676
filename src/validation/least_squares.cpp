#include "validation/least_squares.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace aml::validation {

Cholesky::Cholesky(std::vector<double> matrix, std::size_t size)
    : size_(size), triangle_(std::move(matrix)) {
  constexpr double kNothing = 1e-11;  // of the diagonal before: what is left is rounding
  for (std::size_t j = 0; j < size_; ++j) {
    double* row = triangle_.data() + j * size_;
    const double before = row[j];
    for (std::size_t k = 0; k < j; ++k) row[j] -= row[k] * row[k];
    if (row[j] <= kNothing * before) {
      row[j] = 0;
      for (std::size_t i = j + 1; i < size_; ++i) triangle_[i * size_ + j] = 0;
      continue;
    }
    row[j] = std::sqrt(row[j]);
    for (std::size_t i = j + 1; i < size_; ++i) {
      double* other = triangle_.data() + i * size_;
      for (std::size_t k = 0; k < j; ++k) other[j] -= other[k] * row[k];
      other[j] /= row[j];
    }
  }
}

std::vector<double> Cholesky::solve(std::span<const double> right) const {
  std::vector<double> x(right.begin(), right.end());
  for (std::size_t i = 0; i < size_; ++i) {
    const double* row = triangle_.data() + i * size_;
    for (std::size_t k = 0; k < i; ++k) x[i] -= row[k] * x[k];
    x[i] = row[i] == 0 ? 0 : x[i] / row[i];
  }
  for (std::size_t i = size_; i-- > 0;) {
    for (std::size_t k = i + 1; k < size_; ++k) x[i] -= triangle_[k * size_ + i] * x[k];
    const double pivot = triangle_[i * size_ + i];
    x[i] = pivot == 0 ? 0 : x[i] / pivot;
  }
  return x;
}

void add_products(std::span<const std::span<const double>> columns,
                  std::span<const std::size_t> rows, std::span<const double> weights,
                  std::vector<double>& gram) {
  const std::size_t size = columns.size();
  constexpr std::size_t kAtOnce = 256;  // rows whose values stay in the cache
  std::vector<double> values(size * kAtOnce);
  std::vector<double> weighted(kAtOnce);
  for (std::size_t begin = 0; begin < rows.size(); begin += kAtOnce) {
    const std::size_t count = std::min(kAtOnce, rows.size() - begin);
    for (std::size_t c = 0; c < size; ++c) {
      for (std::size_t r = 0; r < count; ++r) values[c * kAtOnce + r] = columns[c][rows[begin + r]];
    }
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t r = 0; r < count; ++r) {
        const double weight = weights.empty() ? 1 : weights[rows[begin + r]];
        weighted[r] = weight * values[i * kAtOnce + r];
      }
      for (std::size_t j = 0; j <= i; ++j) {
        double sum = 0;
        for (std::size_t r = 0; r < count; ++r) sum += weighted[r] * values[j * kAtOnce + r];
        gram[i * size + j] += sum;
        if (i != j) gram[j * size + i] += sum;
      }
    }
  }
}

namespace {

// The x that maximizes over the coordinates `in` alone, all others 0.
std::vector<double> maximum_over(const std::vector<std::size_t>& in, std::span<const double> gain,
                                 std::span<const double> spread) {
  const std::size_t size = gain.size();
  std::vector<double> part;
  std::vector<double> right;
  for (const std::size_t i : in) {
    right.push_back(gain[i]);
    for (const std::size_t j : in) part.push_back(spread[i * size + j]);
  }
  const std::vector<double> solved = Cholesky(std::move(part), in.size()).solve(right);
  std::vector<double> x(size);
  for (std::size_t k = 0; k < in.size(); ++k) x[in[k]] = solved[k];
  return x;
}

// From x towards `to`, as far as no coordinate falls below 0; whoever reaches it leaves `in`.
void walk(std::vector<double>& x, const std::vector<double>& to, std::vector<std::size_t>& in) {
  double step = 1;
  for (const std::size_t i : in) {
    if (to[i] <= 0) step = std::min(step, x[i] / (x[i] - to[i]));
  }
  for (const std::size_t i : in) {
    x[i] += step * (to[i] - x[i]);
    if (to[i] <= 0 && x[i] <= 1e-12) x[i] = 0;
  }
  std::erase_if(in, [&](std::size_t i) { return x[i] == 0; });
}

}  // namespace

std::vector<double> nonnegative_maximum(std::span<const double> gain,
                                        std::span<const double> spread) {
  constexpr double kFlat = 1e-9;  // of the steepest slope
  const std::size_t size = gain.size();
  std::vector<double> x(size);
  std::vector<std::size_t> in;
  const double steepest = std::accumulate(gain.begin(), gain.end(), 0.0, [](double most, double g) {
    return std::max(most, std::abs(g));
  });
  for (std::size_t round = 0; round < 3 * size; ++round) {
    std::size_t best = size;
    double best_slope = kFlat * steepest;
    for (std::size_t i = 0; i < size; ++i) {
      if (x[i] > 0) continue;
      double slope = gain[i];
      for (std::size_t j = 0; j < size; ++j) slope -= spread[i * size + j] * x[j];
      if (slope > best_slope) {
        best = i;
        best_slope = slope;
      }
    }
    if (best == size) break;
    in.insert(std::upper_bound(in.begin(), in.end(), best), best);
    std::vector<double> to = maximum_over(in, gain, spread);
    const auto is_low = [&](std::size_t i) { return to[i] <= 0; };
    while (std::any_of(in.begin(), in.end(), is_low)) {
      walk(x, to, in);
      to = maximum_over(in, gain, spread);
    }
    x = to;
  }
  return x;
}

}  // namespace aml::validation
