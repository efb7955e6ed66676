#pragma once

#include <filesystem>

#include "base/database.h"
#include "flows/graph.h"

namespace aml::snapshot {

// Reads money_flows.parquet, in either of its forms, into the graph of all its transfers. Throws
// Error{not_found} where there is no such file, Error{bad_input} that names it where it is damaged
// or lacks a column.
flows::Graph read_flow_graph(Connection& connection, const std::filesystem::path& path,
                             int threads);

}  // namespace aml::snapshot
