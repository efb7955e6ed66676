#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "features/feature_matrix.h"
#include "snapshot/snapshot.h"

namespace aml::features {

// Everything `process` and `train` need of a snapshot.
struct SnapshotFeatures {
  std::string network;           // META.json's, else the flows', else ""
  std::string processing_date;   // YYYY-MM-DD: META.json's, else the alerts'
  std::int64_t window_days = 0;  // META.json's, else the alerts' most frequent
  FeatureMatrix alerts;
  FeatureMatrix clusters;
  std::map<std::string, std::int64_t>
      input_rows;  // "alerts", "features", "clusters", "money_flows": rows read
  std::map<std::string, std::string>
      input_sha256;             // file name → sha256, of the files that are there
  std::string snapshot_sha256;  // see sot/snapshot.h
  std::map<std::string, std::string> feature_sql_sha256;  // "alert_features.sql" → sha256 …
  std::map<std::string, double> stage_ms;                 // wall time: "load", "sql", "matrix", …
  std::vector<std::string> warnings;  // one sentence each: missing money_flows, doubled alerts, …
  // File, then column: which share of the values could not be read
  std::map<std::string, std::map<std::string, double>> unreadable;
};

// Runs the feature SQL on a snapshot: the built-in, or that of `features_dir` where it is not
// empty. Same input, same bits, whatever the threads. The snapshot has all its tables afterwards,
// and is sealed. Throws Error{bad_input} naming file, column and what to do, Error{not_found} for a
// missing file.
SnapshotFeatures build(snapshot::Snapshot& snapshot,
                       const std::filesystem::path& features_dir = {});

}  // namespace aml::features
