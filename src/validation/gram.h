#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace aml::validation {

// Inner products of every row with every other: gram[i * rows.size() + j]. The sums are taken in an
// order that does not depend on the number of threads. REQUIRES: rows of one length.
std::vector<double> gram_matrix(std::span<const std::span<const float>> rows, int threads);

}  // namespace aml::validation
