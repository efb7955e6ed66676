#pragma once

#include "base/error.h"
#include "snapshot/snapshot.h"

// Temporary tables of a snapshot's session, of the rows that count. All throw Error{bad_input} that
// names file and column where the file cannot be read.
namespace aml::evidence {

// input_alerts: the alerts with those columns of snapshot::alert_columns() that fit a table.
// REQUIRES: the snapshot has alerts
void make_alerts(snapshot::Snapshot& snapshot);

// memberships(cluster_id, alert_id), each pair once. REQUIRES: the snapshot has clusters
void make_memberships(snapshot::Snapshot& snapshot);

// input_assets(address, assets): what most USD came to the alerts' addresses in and went from them
// in, of the longest window, as one text, sorted, with a comma where they differ. Addresses without
// either are left out. REQUIRES: make_alerts(); the snapshot has features
void make_assets(snapshot::Snapshot& snapshot);

// Whether the input is to blame, so that the rest is shown without it.
bool is_fault_of_input(const Error& error);

// A file of the batch as a table in SQL. REQUIRES: results::RowStream reads it.
std::string published(const std::filesystem::path& batch, const char* file);

}  // namespace aml::evidence
