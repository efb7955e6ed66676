#pragma once

#include "flows/feature.h"

namespace aml::flows {

// In how many patterns an address stands, and how large they are: scatter-gathers, temporal cycles
// (of pairs of addresses, which have no times: simple ones), chains and peeling.
FeatureSet patterns_set();

}  // namespace aml::flows
