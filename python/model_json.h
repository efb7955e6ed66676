#pragma once

#include <string>

#include "forest/model.h"

namespace aml::python {

// What the model is made of, as JSON: objective, numbers of trees and leaves, importances.
std::string summary_json(const forest::Model& model);

// All of the model as JSON: for each tree its nodes and leaves, as src/forest/forest.h has them.
std::string forest_json(const forest::Model& model);

}  // namespace aml::python
