#pragma once

#include <vector>

#include "features/feature_matrix.h"
#include "features/registry.h"

namespace aml::features {

// Holds every value against the range that stands beside its feature; a missing value is in every
// range. Throws Error{bad_input} that names the first feature with values outside, by file and
// line, how many rows have one, and one of them. `registry` has the matrix's columns in their
// order, beside others.
void check_ranges(const FeatureMatrix& matrix, RowKind kind, const std::vector<Feature>& registry);

}  // namespace aml::features
