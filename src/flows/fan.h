#pragma once

#include "flows/feature.h"

namespace aml::flows {

// Fan-in and fan-out of IBM's Graph Feature Preprocessor (arXiv 2402.08593): at each transfer, what
// the address received, or paid, in the time (t - horizon, t]; of that the most. A gather-scatter
// is both at once.
FeatureSet fan_set();

}  // namespace aml::flows
