#pragma once

#include <filesystem>
#include <string>

#include "snapshot/tables.h"

namespace aml::snapshot {

// Folders of what is computed of the flow graph elsewhere; empty: nothing.
struct FlowParts {
  std::filesystem::path slices{};  // of time: flow_slices.h
  std::filesystem::path graph{};   // families of features, and tables: graph_elsewhere.h
  bool any() const { return !slices.empty() || !graph.empty(); }
};

// make_address_flows() with what others have computed of the table. Throws as FlowSlices and
// GraphElsewhere, too. REQUIRES: the table is not there
void make_address_flows_of_parts(Snapshot& snapshot, const ColumnNames& wanted,
                                 const FlowParts& parts);
// Takes the table flows or subject_flows from them, and says whether they have it. Throws as
// GraphElsewhere. REQUIRES: likewise
bool take_flow_table(Snapshot& snapshot, const std::string& table, const FlowParts& parts);

}  // namespace aml::snapshot
