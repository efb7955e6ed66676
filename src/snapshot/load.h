#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/database.h"

namespace aml::snapshot {

// What the load step is told of a snapshot, and what it finds out.
struct LoadedSnapshot {
  std::string network;           // empty: the flows' network is looked up
  std::string processing_date;   // empty: the alerts' most frequent
  std::int64_t window_days = 0;  // 0: the alerts' most frequent
  std::map<std::string, std::int64_t> input_rows;
  std::vector<std::string> warnings;
};

// Reads the Parquet files of `input_dir` into the tables that the feature SQL stands on: subjects,
// alerts, alert_indicators, features, clusters, cluster_alerts, cluster_addresses and flows, whose
// columns docs/features.md lists. Everything that differs between producers, and every dialect of
// SQL that other engines do not share, ends here. Of rows with one key one is kept, always the same
// one. Throws Error{bad_input} naming file and column, Error{not_found} for alerts or features
// missing.
void load_snapshot(Connection& connection, const std::filesystem::path& input_dir,
                   LoadedSnapshot& snapshot);

}  // namespace aml::snapshot
