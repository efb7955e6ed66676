#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "simulation/address_features.h"
#include "simulation/economy.h"
#include "simulation/ledger.h"

namespace aml::simulation {

// What a monitoring desk knows from public lists of services: how many of an address's transactions
// were with one of them.
struct Exposure {
  std::uint32_t mixer = 0;
  std::uint32_t exchange = 0;  // hot wallets and deposit addresses
};
std::vector<Exposure> exposures(const Economy& economy, const Ledger& ledger);

enum class AlertVolume : std::uint8_t { incoming, outgoing, larger };

// One rule of the desk: a name, and how strongly an address's features speak for it, 0 to 1. Rules
// see features and public lists, never the truth. To add one: a function and a row.
struct AlertRule {
  const char* typology;      // typology_type
  const char* pattern_type;  // '' where the rule looks at single addresses
  const char* indicator;     // the risk indicator it raises, '' for none
  double share;              // of the alerts of a day
  AlertVolume volume;
  double (*strength)(const AddressFeatures& features, const Exposure& exposure);
};

std::span<const AlertRule> alert_rules();

}  // namespace aml::simulation
