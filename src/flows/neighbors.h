#pragma once

#include "flows/facts.h"

namespace aml::flows {

// Features of a set in the order of their columns; those of quantities each with all of its own.
enum NeighborField : std::size_t {
  kNeighborMean,          // of its counterparties
  kNeighborWeightedMean,  // by the USD that passed between the two
  kNeighborLargest,
  kNeighborSecondMean,  // of its counterparties' kNeighborMean
  kNeighborFields
};
enum NeighborAlertField : std::size_t {
  kAlertedPayers,
  kAlertedPayees,
  kAlertedShare,
  kNeighborAlerts,
  kNeighborAlertFields
};
Filler prepare_neighbors(const Question& question);
Filler prepare_neighbor_alerts(const Question& question);

enum CommunityField : std::size_t { kCommunitySize, kCommunityAlerted, kCommunityFields };
// And after them of each quantity the mean of the community's other addresses.
Filler prepare_community(const Question& question);

}  // namespace aml::flows
