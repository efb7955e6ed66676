#pragma once

#include <memory>

#include "features/registry.h"
#include "models/training_day.h"

// What of a day's features holds anywhere, whatever the network, its prices, or the window's
// length.
namespace aml::models {

// Whether a feature of alerts means the same in every world: what the group graph_patterns finds,
// or a pure number of at most kMostPortable by what its SQL says of it (shares, ranks within the
// day, flags, severity). Neither the producer's confidence, which says how sure somebody else is,
// nor what a first stage says.
bool holds_anywhere(const features::Feature& feature);
inline constexpr double kMostPortable = 3;

// The day's labelled alerts with those features alone. Throws Error{bad_input} where there are
// none.
std::unique_ptr<TrainingDay> portable_day(const TrainingDay& day);

}  // namespace aml::models
