#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

// Where a value stands among those of its day, for who reads an explanation.
namespace aml::features {

// Of these percentiles a batch keeps the values: closer at both ends, which is where reasons are.
inline constexpr std::array<int, 17> kPercentiles{0,  1,  2,  5,  10, 20, 30, 40, 50,
                                                  60, 70, 80, 90, 95, 98, 99, 100};

// The values at kPercentiles of the values that are not missing; none where all are. Of more than
// 4,096 values so many are taken, evenly by row, and the least and the greatest of all.
std::vector<double> percentiles_of(std::span<const double> values);

}  // namespace aml::features
