#pragma once

#include <cstddef>
#include <span>
#include <vector>

// Small dense systems. Sums are taken in the order of their terms, by one thread.
namespace aml::validation {

// A symmetric positive definite matrix, row after row, as the product of a triangle with its
// transpose (Cholesky); a pivot that rounding made too small takes its column out.
class Cholesky {
 public:
  Cholesky(std::vector<double> matrix, std::size_t size);
  // x with matrix · x = right.
  std::vector<double> solve(std::span<const double> right) const;

 private:
  std::size_t size_;
  std::vector<double> triangle_;
};

// Adds Σ weights[row] · columns[i][row] · columns[j][row] over the rows to gram[i * columns + j].
void add_products(std::span<const std::span<const double>> columns,
                  std::span<const std::size_t> rows, std::span<const double> weights,
                  std::vector<double>& gram);

// The x >= 0 that maximizes x'gain − ½ x'spread x (Lawson and Hanson 1974, NNLS): coordinates join
// one by one where that helps, and leave where they would fall below 0. REQUIRES: spread is
// symmetric and positive definite.
std::vector<double> nonnegative_maximum(std::span<const double> gain,
                                        std::span<const double> spread);

}  // namespace aml::validation
