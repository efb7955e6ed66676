#pragma once

#include "flows/feature.h"

namespace aml::flows {

// The graph without services' transfers (Settings::most_transfers), in which patterns are looked
// for. Of an address, at most that many are left in one direction within any service_seconds.
Graph without_services(const Graph& graph, const Settings& settings);

// The addresses that have such transfers because they themselves pay or get so many; ascending.
std::vector<Address> services(const Graph& graph, const Settings& settings);

// The settings for a graph: pairs have no times, so that all of their edges are within a horizon.
Settings settings_for(const Graph& graph, Settings settings);

}  // namespace aml::flows
