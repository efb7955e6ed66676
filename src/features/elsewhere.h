#pragma once

#include <filesystem>
#include <vector>

#include "features/build.h"
#include "features/sql_plan.h"
#include "snapshot/snapshot.h"

// Features whose SQL another engine runs.
namespace aml::features {

// Makes those of the snapshot's tables flows, subject_flows and address_flows, with the columns,
// that the steps read: they cost more than all else.
void make_flow_tables(snapshot::Snapshot& snapshot, const std::vector<PlannedStep>& plan);

// As build(), but the groups' rows are read from {groups_dir}/{group}.parquet, files or folders of
// part files, and no SQL runs: another engine has made them of what `aml-miner sql` prints. Throws
// as build(), and Error{not_found} for a group that is not there.
SnapshotFeatures build_of_groups(snapshot::Snapshot& snapshot, const BuildOptions& options,
                                 const std::filesystem::path& groups_dir);

}  // namespace aml::features
