#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sot/object_store.h"
#include "sot/snapshot.h"

namespace aml::sot {

struct PublishRequest {
  std::filesystem::path input_dir;
  std::filesystem::path ground_truth;  // a file to publish beside the snapshot; empty: none
  int threads = 1;                     // for checksums
};

struct PublishReport {
  SnapshotId id;
  std::uint64_t bytes = 0;         // sent
  bool already_published = false;  // the same META.json was there, and every object with its size
};

// Uploads the snapshot that `input_dir` holds below {network}/{processing_date}/{window_days}/,
// META.json last, so that whoever waits for META.json sees a whole snapshot. Which snapshot it is
// comes from the folder's META.json; its checksums are checked, missing ones added. Throws
// Error{bad_input} where a file is missing or is not what META.json says, before anything is sent.
PublishReport publish(const PublishRequest& request, ObjectStore& store);

// Uploads files of a folder as {key}/{name}, one after another in this order, so that whoever waits
// for the last one sees all; a reader of an earlier upload may meanwhile see files of both. The
// number of bytes sent. Throws as ObjectStore, Error{not_found} for a file that is not there, and
// Error{unavailable} for an object that is not what was sent.
std::uint64_t publish_files(const std::filesystem::path& folder, const std::string& key,
                            const std::vector<std::string>& names, ObjectStore& store);

}  // namespace aml::sot
