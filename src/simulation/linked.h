#pragma once

#include <vector>

#include "simulation/ledger.h"

namespace aml::simulation {

// Groups of `addresses` (as indices into it, ascending; groups by their first) that are linked by
// transfers among themselves. Addresses with more than 300 transfers link nobody: everyone deals
// with an exchange. Groups have 2 to 40 members; larger ones are cut.
std::vector<std::vector<std::size_t>> linked_groups(const Ledger& ledger,
                                                    const std::vector<AddressId>& addresses);

}  // namespace aml::simulation
