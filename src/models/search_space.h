#pragma once

#include <cstddef>
#include <vector>

#include "models/lightgbm_parameters.h"
#include "models/train.h"

namespace aml::models {

// The parameters that a trial of a search draws in place of the recipe's; trial 0 draws none and is
// the recipe itself. `given` are not drawn. They depend on the recipe's seed and the trial's number
// alone, so that a longer search begins with the same trials.
LightGbmParameters draw_parameters(std::size_t trial, const TrainParameters& recipe,
                                   const LightGbmParameters& given);

// After so many trees a trial is judged: as many as the recipe has among them, and these alone
// where their number is given.
std::vector<int> search_stages(const TrainParameters& recipe, const LightGbmParameters& given);

}  // namespace aml::models
