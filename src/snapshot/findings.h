#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace aml::snapshot {

// What reading a snapshot brought to light.
struct Findings {
  // "alerts", "features", "clusters", "money_flows": rows of the file; 0 where it is missing
  std::map<std::string, std::int64_t> input_rows{
      {"alerts", 0}, {"features", 0}, {"clusters", 0}, {"money_flows", 0}};
  std::vector<std::string> warnings;  // one sentence each
  // File, then column: which share of the values that hold something could not be read, in (0, 1]
  std::map<std::string, std::map<std::string, double>> unreadable;
  // What became of the rows of money_flows in the graph of transfers (flows::LoadCounts), and what
  // was cut short; empty where no graph was made
  std::map<std::string, std::int64_t> flow_counts;

  // Of `holding` values of a column `unreadable` could not be read; warns where that is all of
  // them. `wanted` says what the column should hold.
  void note_unreadable(const std::string& file, const std::string& column,
                       const std::string& wanted, std::int64_t holding,
                       std::int64_t unreadable_values);
};

}  // namespace aml::snapshot
