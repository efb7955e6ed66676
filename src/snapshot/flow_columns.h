#pragma once

#include <optional>

#include "base/database.h"
#include "flows/graph.h"
#include "snapshot/parquet_source.h"

namespace aml::snapshot {

// Reads money_flows.parquet, in either of its forms, into the graph of all its transfers, or of
// those in the period alone, which is for files of transfers. Throws Error{bad_input} that names it
// where it is damaged or lacks a column.
flows::Graph read_flow_graph(Connection& connection, const ParquetSource& source, int threads,
                             const std::optional<flows::Period>& period = std::nullopt);

}  // namespace aml::snapshot
