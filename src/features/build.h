#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "features/feature_matrix.h"
#include "features/registry.h"
#include "features/sql_identity.h"
#include "known/known.h"
#include "snapshot/address_view.h"
#include "snapshot/snapshot.h"

namespace aml::features {

struct BuildOptions {
  std::filesystem::path features_dir{};  // replaces the built-in SQL; empty: built-in
  std::vector<std::string> without{};    // groups of features to leave out, see feature_sql.h
  bool check_ranges = false;             // see check_ranges.h
  known::KnownFiles known{};             // labels and earlier days; none: no group `known`
  bool known_addresses = false;          // whether SnapshotFeatures::known_addresses is wanted
  // Told of every window's addresses, while their transfers are there; may be empty.
  snapshot::AddressVisitor visit_addresses{};
};

// Everything `process` and `train` need of a snapshot.
struct SnapshotFeatures {
  std::string network;           // META.json's, else the flows', else ""
  std::string processing_date;   // YYYY-MM-DD: META.json's, else the alerts'
  std::int64_t window_days = 0;  // META.json's, else the alerts' most frequent
  FeatureMatrix alerts;
  FeatureMatrix clusters;
  std::vector<Feature> registry;  // of both matrices' columns, in their order, alerts' first
  std::span<const Feature> registry_of(RowKind kind) const;
  std::vector<std::string> groups;  // that were made: "alert__alert", …, "cluster__flows"
  std::vector<std::string> groups_left_out() const;  // of alerts, then of clusters
  std::map<std::string, std::int64_t>
      input_rows;  // "alerts", "features", "clusters", "money_flows": rows read
  std::map<std::string, std::string>
      input_sha256;             // file name → sha256, of the files that are there
  std::string snapshot_sha256;  // see sot/snapshot.h
  SqlIdentity feature_sql;
  std::map<std::string, double> stage_ms;  // wall time: "load", "sql", "matrix", …
  std::vector<std::string> warnings;  // one sentence each: missing money_flows, doubled alerts, …
  // File, then column: which share of the values could not be read
  std::map<std::string, std::map<std::string, double>> unreadable;
  std::map<std::string, std::int64_t> flow_counts;  // snapshot::Findings::flow_counts
  // Nothing where BuildOptions::known names no files; then the ids of the alerts about sanctioned
  // addresses, sorted, and the files that counted.
  std::optional<std::vector<std::string>> sanctioned_alerts;
  std::vector<known::KnownFile> known_files;
  std::optional<std::string> known_addresses;  // known::DayAddresses::json, where it is wanted
};

// Whether the groups that are left out have first_stage among them, which no SQL makes.
bool leaves_out_first_stage(const std::vector<std::string>& without);
// The others among them, which prepare_sql() knows.
std::vector<std::string> groups_of_sql(std::vector<std::string> without);

// Runs the feature SQL on a snapshot. Same input, same bits, whatever the threads. The snapshot has
// all its tables afterwards, and is sealed. Throws Error{bad_input} naming file, column and what to
// do, Error{not_found} for a missing file, and what prepare_sql() throws.
SnapshotFeatures build(snapshot::Snapshot& snapshot, const BuildOptions& options = {});

}  // namespace aml::features
