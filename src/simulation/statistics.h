#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace aml::simulation {

// Gini coefficient: 0 where all are equal, towards 1 where one has everything. Values are not
// negative; they are sorted in place. 0 for none, or where all are 0.
//   G = 2 Σ i·x_i / (n Σ x_i) - (n + 1) / n,  x ascending, i from 1
double gini(std::vector<double>& values);

// Shannon entropy in bits of the division of a whole into `parts`; 0 for none.
double entropy_bits(std::span<const double> parts);
double entropy_bits(std::span<const std::uint16_t> counts);

// Central moments of a sample.
struct Moments {
  double mean = 0;
  double variance = 0;  // n - 1; 0 below two values
  double skewness = 0;  // m3 / m2^1.5, biased; 0 below three values or where all are equal
  double kurtosis = 0;  // m4 / m2² - 3, biased; 0 below four values or where all are equal
};
Moments moments(std::span<const double> values);

}  // namespace aml::simulation
