#pragma once

#include <cstdint>
#include <vector>

#include "simulation/address_features.h"
#include "simulation/economy.h"
#include "simulation/ledger.h"

namespace aml::simulation {

// The features of every address, from the flows (and, for is_new and is_dormant, from what the
// economy remembers of the time before them).
std::vector<AddressFeatures> compute_features(const Economy& economy, const Ledger& ledger,
                                              const Window& window, std::size_t asset_count,
                                              std::uint64_t key, int threads);

}  // namespace aml::simulation
