#pragma once

#include "simulation/address_features.h"
#include "simulation/ledger.h"

namespace aml::simulation {

// The features that an address's own transactions decide; definitions stand at their fields.
AmountFeatures amount_features(const Ledger& ledger, AddressId id);
TimeFeatures time_features(const Ledger& ledger, const Window& window, AddressId id);
PartyFeatures party_features(const Ledger& ledger, std::size_t asset_count, AddressId id);

}  // namespace aml::simulation
