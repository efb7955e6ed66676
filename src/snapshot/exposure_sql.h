#pragma once

#include <vector>

#include "flows/feature.h"
#include "snapshot/graph_sql.h"

namespace aml::snapshot {

// Each pair of addresses of a window that deal with one another from both ends: what `address` got
// of `other` (paid is 0) and what it paid to it (1). A SELECT in parentheses over graph_pairs.
inline constexpr const char* kGraphSides =
    "(SELECT w, 0 AS paid, payee AS address, payer AS other, transfers, amount FROM graph_pairs "
    "UNION ALL SELECT w, 1 AS paid, payer AS address, payee AS other, transfers, amount FROM "
    "graph_pairs)";

// Adds the steps of flows/exposure.h, of which the last one is the table family_exposure, after
// those that graph_steps() begins with.
void add_exposure_steps(Engine engine, const flows::Settings& settings,
                        const flows::FeatureSet& exposure, std::vector<GraphStep>& steps);

}  // namespace aml::snapshot
