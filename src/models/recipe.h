#pragma once

#include <string>

#include "models/train.h"

namespace aml::models {

// By which parameters a model of the task ("alert_scorer", …) is grown where Recipe gives no
// others, and before days with few rows make leaves smaller.
TrainParameters recipe_of(const std::string& task);

}  // namespace aml::models
