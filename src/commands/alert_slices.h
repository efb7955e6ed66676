#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace aml::commands {

// What parts of a day's alerts are judged by, for each of a score file's ids; "" or NaN where it
// is not known.
struct AlertSlices {
  std::string network;  // the snapshot's
  std::vector<std::string> addresses;
  std::vector<double> volumes;      // USD
  std::vector<double> confidences;  // the producer's
};

// Of a Parquet file with alert_id: a snapshot's alerts.parquet, or one like it, of which nothing
// else must be there; of an alert with several rows the row that counts (docs/features.md). Throws
// Error{bad_input} naming file and column.
AlertSlices read_alert_slices(const std::filesystem::path& path,
                              const std::vector<std::string>& ids, std::int64_t max_rows);

// The addresses of such files, each once, ascending.
std::vector<std::string> read_alerted_addresses(const std::vector<std::string>& paths,
                                                std::int64_t max_rows);

// "below 1,000 USD", "1,000 to 10,000 USD", …, "unknown".
const char* size_name(double volume_usd);

}  // namespace aml::commands
