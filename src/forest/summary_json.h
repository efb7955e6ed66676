#pragma once

#include <nlohmann/json.hpp>

#include "forest/forest.h"
#include "forest/forest_summary.h"

namespace aml::forest {

// What a forest is made of, from "objective" to "categorical_splits", for who adds the rest.
// `summary` is the forest's.
nlohmann::ordered_json summary_json(const Forest& forest, const ForestSummary& summary);

}  // namespace aml::forest
