#pragma once

#include "flows/feature.h"

namespace aml::flows {

// What amounts and times look like: round, just below a limit, equal ones; bursts; hour and
// weekday, UTC.
FeatureSet amounts_set();

}  // namespace aml::flows
