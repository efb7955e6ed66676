#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "features/build.h"
#include "features/sql_plan.h"
#include "snapshot/address_parts.h"
#include "snapshot/flow_parts.h"
#include "snapshot/flow_slices.h"
#include "snapshot/graph_sql.h"
#include "snapshot/snapshot.h"

// Features whose SQL another engine runs.
namespace aml::features {

// Makes those of the snapshot's tables flows, subject_flows and address_flows, with the columns,
// that the steps read: they cost more than all else. What `parts` names is not computed again.
void make_flow_tables(snapshot::Snapshot& snapshot, const std::vector<PlannedStep>& plan,
                      const snapshot::FlowParts& parts = {});
// Writes one slice of address_flows, with the columns that the steps read, into a folder that is
// there. Throws as snapshot::write_flow_slice().
void make_flow_slice(snapshot::Snapshot& snapshot, const std::vector<PlannedStep>& plan,
                     const snapshot::FlowSlice& slice, const std::filesystem::path& folder);

// What the steps read of a part of the addresses.
snapshot::AddressPartTables tables_of_part(const std::vector<PlannedStep>& plan);

// The joins by which another engine computes what is global in the flow graph, of what the steps
// read of address_flows. Throws as snapshot::graph_steps().
std::vector<snapshot::GraphStep> graph_joins(snapshot::Snapshot& snapshot,
                                             const std::vector<PlannedStep>& plan,
                                             snapshot::Engine engine);

// Of what groups are made: `aml-miner sql --json` prints it, and the engine copies it into
// engine.json, so that groups of another snapshot or of other SQL are told from these.
struct MadeOf {
  std::string snapshot_sha256;           // see sot/snapshot.h
  std::string whole_feature_sql_sha256;  // SqlIdentity::whole
  std::int64_t alerts = 0;
  std::int64_t clusters = 0;
};

// Groups that another engine has made.
struct GroupsElsewhere {
  std::filesystem::path folder;  // {group}.parquet, files or folders of part files
  MadeOf made_of{};
  std::map<std::string, std::int64_t> rows{};  // that the engine wrote, by group: "alert__flows"
  std::string engine{};                        // a JSON object: what it says of itself

  // The same with scored_rows, how many of the rows that it scored are published, which it cannot
  // know.
  std::string told(std::int64_t scored_rows) const;
};

// Reads {folder}/engine.json, nothing where the folder has no name: made_of, rows, and what else
// the engine says of itself. Throws Error{not_found} where there is none, and Error{bad_input}
// naming it for one that is no object of that form, is of more than 64 KiB or nested too deep.
std::optional<GroupsElsewhere> read_groups_elsewhere(const std::filesystem::path& folder);

// As build(), but the groups' rows are read from the folder, and no SQL runs. Throws as build(),
// Error{not_found} for a group that is not there, and Error{bad_input} for groups that were made of
// another snapshot or other SQL, or have not the rows that the engine wrote.
SnapshotFeatures build_of_groups(snapshot::Snapshot& snapshot, const BuildOptions& options,
                                 const GroupsElsewhere& groups);

}  // namespace aml::features
