#pragma once

#include <cstdint>
#include <vector>

#include "flows/facts.h"
#include "flows/graph.h"
#include "snapshot/window_rows.h"

namespace aml::snapshot {

class Snapshot;

// Whole numbers that are names, flows::kMissing where there is none, as small ones that
// flows::Facts::communities takes.
std::vector<std::uint32_t> numbered(const std::vector<std::int64_t>& communities);

// Which facts are asked for.
struct FactNeeds {
  bool features = true;  // kinds, communities, quantities
  bool alerts = true;
  bool known = true;  // who is known, of the table known_addresses, which must be there then
};

// What features.parquet and the alerts say of the graph's addresses in that window: kinds,
// communities, alerts, and as quantities percentiles among the addresses that have transfers and
// know the value (the share of those below, and of half of those equal). Throws as
// Snapshot::source.
flows::Facts read_address_facts(Snapshot& snapshot, const flows::Graph& graph, const Window& window,
                                FactNeeds needs = {});

// The same of no address: for the names of the features.
flows::Facts no_address_facts();

}  // namespace aml::snapshot
