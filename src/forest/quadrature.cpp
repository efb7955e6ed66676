#include "forest/quadrature.h"

#include <cmath>
#include <cstddef>
#include <numbers>

namespace aml::forest {

namespace {

// Legendre's polynomial of degree n at x, and its derivative.
struct Legendre {
  long double value;
  long double slope;
};

Legendre legendre(int n, long double x) {
  long double before = 1;
  long double value = x;
  for (int k = 2; k <= n; ++k) {
    const long double next = (static_cast<long double>(2 * k - 1) * x * value -
                              static_cast<long double>(k - 1) * before) /
                             static_cast<long double>(k);
    before = value;
    value = next;
  }
  return {value, static_cast<long double>(n) * (x * value - before) / (x * x - 1)};
}

}  // namespace

Quadrature gauss_legendre(int points) {
  Quadrature rule;
  rule.points.resize(static_cast<std::size_t>(points));
  rule.weights.resize(static_cast<std::size_t>(points));
  for (int i = 0; i < points; ++i) {
    // Newton's method from Chebyshev's guess; it doubles the digits, so ten rounds are plenty.
    long double x = std::cos(std::numbers::pi_v<long double> * (points - i - 0.25L) /
                             (static_cast<long double>(points) + 0.5L));
    for (int round = 0; round < 10; ++round) {
      const Legendre p = legendre(points, x);
      x -= p.value / p.slope;
    }
    const long double slope = legendre(points, x).slope;
    const auto at = static_cast<std::size_t>(i);
    rule.points[at] = static_cast<double>((1 + x) / 2);
    rule.weights[at] = static_cast<double>(1 / ((1 - x * x) * slope * slope));
  }
  return rule;
}

}  // namespace aml::forest
