#pragma once

#include <vector>

namespace aml::forest {

// A rule for integrals over [0, 1]: ∫ p(t) dt = Σ weight·p(point), exact for polynomials of degree
// below twice the number of points.
struct Quadrature {
  std::vector<double> points;   // ascending, within (0, 1)
  std::vector<double> weights;  // positive, sum 1
};

// Gauss and Legendre's rule; NIST Digital Library of Mathematical Functions, 3.5(v).
// REQUIRES: points > 0.
Quadrature gauss_legendre(int points);

}  // namespace aml::forest
