#pragma once

#include "flows/feature.h"

namespace aml::flows {

// Sums, means and the shape of an address's transfers in each direction: the vertex statistics of
// IBM's Graph Feature Preprocessor (arXiv 2402.08593) and what the feature SQL computed.
FeatureSet totals_set();

}  // namespace aml::flows
