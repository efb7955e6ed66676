#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sot/snapshot.h"

namespace aml::snapshot {

// META.json of a snapshot folder; everything empty where the folder has none.
sot::SnapshotMeta read_meta(const std::filesystem::path& input_dir);

// sha256 of the snapshot's Parquet files that are there, by file name. Each file is held against
// what `meta` says of it: Error{bad_input} naming the file where size, sha256 or md5 differ.
std::map<std::string, std::string> hash_inputs(const std::filesystem::path& input_dir,
                                               const sot::SnapshotMeta& meta, int threads);

}  // namespace aml::snapshot
