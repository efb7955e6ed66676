#include "validation/departure.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "metrics/correlation.h"

namespace aml::validation {

namespace {

constexpr std::size_t kDegree = 4;
constexpr std::size_t kReferenceDegree = 3;
constexpr std::size_t kLanes = 4;
constexpr std::size_t kWidest = 28;  // functions of three models, rounded up

using Four = float __attribute__((vector_size(kLanes * sizeof(float))));
using Column = std::vector<double>;

Four load(const float* from) {
  Four four;
  std::memcpy(&four, from, sizeof four);
  return four;
}

// Hermite's polynomials: near to orthogonal for normal scores.
using Powers = std::array<Column, kDegree + 1>;
Powers powers_of(std::span<const float> model, std::span<const std::uint32_t> rows) {
  Powers powers;
  powers[0].assign(rows.size(), 1);
  for (std::size_t k = 1; k < powers.size(); ++k) powers[k].resize(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double x = model.empty() ? 0 : static_cast<double>(model[rows[i]]);
    powers[1][i] = x;
    for (std::size_t k = 2; k < powers.size(); ++k) {
      powers[k][i] = x * powers[k - 1][i] - static_cast<double>(k - 1) * powers[k - 2][i];
    }
  }
  return powers;
}

double dot(const Column& a, const Column& b, std::size_t count) {
  std::array<double, kLanes> sums{};
  for (std::size_t i = 0; i + kLanes <= count; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  for (std::size_t i = count - count % kLanes; i < count; ++i) sums[0] += a[i] * b[i];
  return sums[0] + sums[1] + sums[2] + sums[3];
}

// Makes the columns orthonormal on their first `fitted` rows (Gram and Schmidt); one that the
// earlier explain, as those of equal models do, becomes zeros.
void make_orthonormal(std::vector<Column>& columns, std::size_t fitted) {
  constexpr double kNothing = 1e-8;
  for (std::size_t k = 0; k < columns.size(); ++k) {
    Column& column = columns[k];
    const double before = dot(column, column, fitted);
    for (std::size_t j = 0; j < k; ++j) {
      const double product = dot(column, columns[j], fitted);
      for (std::size_t i = 0; i < column.size(); ++i) column[i] -= product * columns[j][i];
    }
    const double left = dot(column, column, fitted);
    const double factor = left <= kNothing * before ? 0 : 1 / std::sqrt(left);
    for (double& value : column) value *= factor;
  }
}

}  // namespace

double Departure::grain() const {
  const auto n = static_cast<double>(fitted.size());
  double cut = 0;
  for (const float value : fitted) cut += std::abs(static_cast<double>(value)) / (2 * n);
  for (const float value : others) cut += std::abs(static_cast<double>(value)) / (2 * n);
  const auto cut_off = [cut](const std::vector<float>& values) {
    std::vector<double> inside;
    inside.reserve(values.size());
    for (const float value : values) {
      inside.push_back(std::clamp(static_cast<double>(value), -cut, cut));
    }
    return inside;
  };
  return metrics::pearson(cut_off(fitted), cut_off(others)).value_or(0);
}

Surface::Surface(std::span<const float> baseline, std::span<const float> reference,
                 std::span<const float> original, std::span<const std::uint32_t> fitted,
                 std::span<const std::uint32_t> others)
    : fitted_(fitted), others_(others) {
  std::vector<std::uint32_t> rows(fitted.begin(), fitted.end());
  rows.insert(rows.end(), others.begin(), others.end());
  const Powers b = powers_of(baseline, rows);
  const Powers r = powers_of(reference, rows);
  const Powers o = powers_of(original, rows);
  std::vector<Column> columns;
  for (std::size_t k = 0; k <= (original.empty() ? 0 : kDegree); ++k) {
    for (std::size_t j = 0; j <= (reference.empty() ? 0 : kReferenceDegree); ++j) {
      const std::size_t degree = j == 0 ? kDegree : kReferenceDegree;
      for (std::size_t i = 0; i + j + k <= degree; ++i) {
        Column& column = columns.emplace_back(rows.size());
        for (std::size_t row = 0; row < rows.size(); ++row) {
          column[row] = b[i][row] * r[j][row] * o[k][row];
        }
      }
    }
  }
  make_orthonormal(columns, fitted.size());
  width_ = (columns.size() + kLanes - 1) / kLanes * kLanes;
  basis_.resize(rows.size() * width_);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t k = 0; k < columns.size(); ++k) {
      basis_[row * width_ + k] = static_cast<float>(columns[k][row]);
    }
  }
}

Departure Surface::departure(std::span<const float> values) const {
  const std::size_t quads = width_ / kLanes;
  std::array<Four, kWidest / kLanes> shares{};
  const float* functions = basis_.data();
  for (const std::uint32_t row : fitted_) {
    const float value = values[row];
    for (std::size_t q = 0; q < quads; ++q) shares[q] += value * load(functions + q * kLanes);
    functions += width_;
  }
  functions = basis_.data();
  const auto left = [&](std::uint32_t row) {
    Four sum{};
    for (std::size_t q = 0; q < quads; ++q) sum += shares[q] * load(functions + q * kLanes);
    functions += width_;
    return values[row] - (sum[0] + sum[1] + sum[2] + sum[3]);
  };
  Departure departure;
  departure.fitted.reserve(fitted_.size());
  departure.others.reserve(others_.size());
  for (const std::uint32_t row : fitted_) {
    const float value = departure.fitted.emplace_back(left(row));
    departure.squares += static_cast<double>(value) * static_cast<double>(value);
  }
  for (const std::uint32_t row : others_) departure.others.push_back(left(row));
  return departure;
}

}  // namespace aml::validation
