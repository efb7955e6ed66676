#pragma once

#include <cstdint>
#include <vector>

#include "simulation/alert.h"
#include "simulation/ledger.h"

namespace aml::simulation {

// `count` clusters of `alerts` (fewer where there is not enough to group), sorted by id:
//   same_entity   all alerts of one address;
//   same_pattern  all alerts with one pattern id;
//   proximity     alerts whose addresses pay each other, whatever the rule;
//   temporal      alerts of one rule that follow each other closely in time: they fill up.
// The others have a share each, of which the strongest alerts' clusters are kept.
std::vector<Cluster> group_alerts(const Ledger& ledger, const std::vector<Alert>& alerts,
                                  std::size_t count);

}  // namespace aml::simulation
