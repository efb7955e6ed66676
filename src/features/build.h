#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "features/feature_matrix.h"

namespace aml::features {

struct BuildOptions {
  std::filesystem::path input_dir;     // a snapshot: alerts.parquet, features.parquet, …
  std::filesystem::path features_dir;  // replaces the built-in SQL; empty: built-in
  int threads = 0;                     // 0: all processors
  std::string memory_limit;            // DuckDB's notation; empty: its default
  std::filesystem::path temp_dir;      // where DuckDB may spill; empty: nowhere
};

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
};

// Reads a snapshot and runs the feature SQL on it. Same input, same bits, whatever the threads.
// Throws Error{bad_input} naming file, column and what to do, Error{not_found} for a missing file.
SnapshotFeatures build(const BuildOptions& options);

}  // namespace aml::features
