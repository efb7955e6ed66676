#pragma once

#include <string>
#include <vector>

#include "snapshot/sql_dialect.h"
#include "snapshot/tables.h"

// What is global in the flow graph as SQL, for an engine that cuts a day over many machines: a
// fixed number of joins over numbers of addresses. Sums are whole numbers in fixed point, so that
// the bits are those of flows/, however the rows are cut. `aml-miner sql --json` prints it.
namespace aml::snapshot {

class Snapshot;

// A table of these joins. Each is read by several of those after it, and its rows are to be written
// before they are read: numbers of addresses are given to rows as they come.
struct GraphStep {
  std::string table;
  std::string select;
  // The table is a family of features, as GraphElsewhere reads it: subject_id, and a column each.
  bool is_family = false;
};

// All of them in order, for those of the families exposure, neighbors, alerts and community of
// which a column is wanted. They read the tables subjects and alerts_read, and the files of
// transfers and of features, in Spark as money_flows_file and features_file, which the caller
// makes. None where there are no transfers by time, or nothing is wanted of such a family. Throws
// as Snapshot::source.
std::vector<GraphStep> graph_steps(Snapshot& snapshot, Engine engine, const ColumnNames& wanted);

}  // namespace aml::snapshot
