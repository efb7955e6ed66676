#pragma once

#include <cstdint>
#include <vector>

#include "simulation/address_features.h"

namespace aml::simulation {

// Fills the `anomaly` of every address from its other features:
//   behavioral, graph, neighborhood, global: isolation forests on the times and amounts, the graph
//     position, the counterparties and surroundings, and all of these together;
//   outlier: mean over all of these features of min(1, |z| / 6), z the distance from the median in
//     units of 1.4826 median absolute deviations;
//   suspicious: 0.3 pass-through + 0.25 structuring + 0.2 burstiness + 0.15 new + 0.1 night share;
//     pass-through is the lesser of the totals in and out over the greater;
//   completeness: how much of what the features need is there (money in, money out, 2, 4 and 8
//     transactions, a second day), in sixths;
//   confidence: 1 - 1 / sqrt(1 + transactions);
//   quality: the mean of the two.
void add_anomaly_features(std::vector<AddressFeatures>& features, std::uint64_t key, int threads);

}  // namespace aml::simulation
