#pragma once

#include "flows/feature.h"

namespace aml::flows {

// How long money rests with an address: first in, first out. Of each transfer received it is asked
// when its money was paid on. The money that came in the seven days before it, as far as it was not
// spent, is spent first; what is older, and what is not spent within seven days, is forgotten. At
// one second, what comes in comes first. Change, consolidation and transfers without a price are
// passed over.
FeatureSet rest_set();

}  // namespace aml::flows
