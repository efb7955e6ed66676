#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sot/object_store.h"
#include "sot/snapshot.h"

namespace aml::sot {

struct DownloadRequest {
  SnapshotId id;
  std::filesystem::path output_dir;
  bool ground_truth = false;  // the day's ground truth too; it must be there
  // The address labels too, from this store: of the day, or the newest of the kLabelDays before it.
  ObjectStore* labels = nullptr;
  int connections = 8;
  bool force = false;  // replace the snapshot of another network or window, too
};

struct DownloadReport {
  std::uint64_t bytes = 0;              // transferred by this run
  bool already_complete = false;        // nothing was transferred
  std::vector<std::string> files;       // in the folder, without META.json
  std::vector<std::string> unverified;  // of those, the ones without any checksum to check
  std::vector<std::string> warnings;    // one sentence each
};

// How many days before a day its labels are looked for.
inline constexpr int kLabelDays = 31;

// Where labels lie beside the snapshots of an address: s3://bucket/address-labels for
// s3://bucket/snapshots. Throws as open_store() where neither `sot` nor the environment names one.
std::string labels_address(const std::string& sot);

// Fetches a snapshot into `output_dir`, which appears only when every file is there and verified by
// the strongest checksum that META.json or the ETag gives. Pieces of all files are transferred in
// parallel; what an interrupted run left, and what `output_dir` already holds intact, is not
// transferred again.
// Throws Error{not_found} naming bucket and key where a file but money_flows.parquet is missing,
// Error{bad_input} where size or checksum are wrong, Error{no_space} before the transfer where the
// disk has no room for it, and what the store throws. An earlier snapshot in `output_dir` stays
// until the new one replaces it. Error{usage} refuses, before the transfer, a folder that holds
// something else, is named after another day, or (without `force`) holds the snapshot of another
// network or window.
// Beside ground truth and labels a record says since when they are known (known_since.h).
DownloadReport download(const DownloadRequest& request, ObjectStore& store);

// The newest day that can have been of which the network's snapshot of that window is published: by
// its META.json, or alerts.parquet of producers that write none. Throws Error{not_found}.
Date latest_date(ObjectStore& store, const std::string& network, int window_days);

}  // namespace aml::sot
