#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "snapshot/snapshot.h"

// Who is known, since when, by whom: labels of addresses, and what became of earlier days' alerts.
// Only what was known on the processing date counts. Nothing unless files are named.
namespace aml::known {

// Files that a user names.
struct KnownFiles {
  std::vector<std::filesystem::path> labels{};  // see label_reader.h
  std::filesystem::path history{};              // a folder of days, see history.h; empty: none

  bool any() const { return !labels.empty() || !history.empty(); }
};

// Labels of all files together, and days of a history.
inline constexpr std::size_t kMostLabels = 2'000'000;
inline constexpr std::size_t kMostHistoryDays = 400;
// After so many days a file is known that does not say since when.
inline constexpr int kUnsaidDays = 30;

// A file that counted.
struct KnownFile {
  std::string file;         // its name; of a history with the day's folder
  std::string kind;         // "labels", "alerts" or "ground_truth"
  std::string sha256;       // of its bytes, as snapshot_sha256 has it of a folder of part files
  std::string known_since;  // UTC; empty where each of its rows says so itself
  std::int64_t rows = 0;    // that were known on the day

  friend bool operator==(const KnownFile&, const KnownFile&) = default;
};

// What was read for a day.
struct Known {
  std::vector<KnownFile> files;                // those of which something counted, in their order
  std::vector<std::string> sanctioned_alerts;  // ids of alerts about sanctioned addresses, sorted
  std::vector<std::string> warnings;
};

// Fills the snapshot's tables known_addresses, known_subjects and earlier_alerts
// (docs/features.md). Throws what read_labels() throws, Error{bad_input} for a file that does not
// tell since when it is known and has no date in its name, and for more labels than kMostLabels.
// REQUIRES: the snapshot is not sealed
Known fill_tables(snapshot::Snapshot& snapshot, const KnownFiles& files);

}  // namespace aml::known
