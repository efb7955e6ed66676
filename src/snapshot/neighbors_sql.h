#pragma once

#include <cstddef>
#include <map>
#include <string_view>
#include <vector>

#include "flows/feature.h"
#include "snapshot/graph_sql.h"

namespace aml::snapshot {

// Adds the steps of those of the families neighbors, alerts and community (flows/neighbors.h) that
// are there by name, after those that graph_steps() begins with, each as a table family_….
void add_neighbor_steps(Engine engine, std::size_t quantities,
                        const std::map<std::string_view, flows::FeatureSet>& families,
                        std::vector<GraphStep>& steps);

}  // namespace aml::snapshot
