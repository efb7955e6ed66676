#pragma once

#include <optional>

#include "base/database.h"
#include "flows/address_part.h"
#include "flows/graph.h"
#include "snapshot/parquet_source.h"

namespace aml::snapshot {

// Reads money_flows.parquet, in either of its forms, into the graph of all its transfers, or of
// those in the period alone, which is for files of transfers. Throws Error{bad_input} that names it
// where it is damaged or lacks a column.
flows::Graph read_flow_graph(Connection& connection, const ParquetSource& source, int threads,
                             const std::optional<flows::Period>& period = std::nullopt);
// Into the graph of a part of the addresses, of a file of transfers, which is read twice: counts
// are those of make_graph(). Throws likewise.
flows::Graph read_flow_graph(Connection& connection, const ParquetSource& source, int threads,
                             const flows::AddressPart& part);

}  // namespace aml::snapshot
