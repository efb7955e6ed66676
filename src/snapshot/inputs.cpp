#include "snapshot/inputs.h"

#include <fmt/format.h>

#include "base/date.h"
#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/threads.h"

namespace aml::snapshot {
namespace {

void check(const std::filesystem::path& path, const char* what, const std::string& stated,
           const std::string& found) {
  if (stated != found) {
    throw Error(
        ErrorKind::bad_input,
        fmt::format("{} is damaged or changed: its {} is {}, but META.json says {}; download "
                    "the snapshot again, or remove META.json where the change is yours",
                    path.string(), what, found, stated));
  }
}

// The strongest checksum that META.json has is enough; reading for md5 as well costs three times as
// much.
std::string verified_sha256(const std::filesystem::path& path, const sot::FileCheck& stated) {
  if (stated.size) {
    check(path, "size", std::to_string(*stated.size),
          std::to_string(file_size_if_exists(path).value_or(0)));
  }
  if (stated.md5 && !stated.sha256) {
    const FileHashes found = hash_file_both(path);
    check(path, "md5", *stated.md5, found.md5);
    return found.sha256;
  }
  const std::string found = hash_file(HashKind::sha256, path);
  if (stated.sha256) {
    check(path, "sha256", *stated.sha256, found);
  }
  return found;
}

}  // namespace

sot::SnapshotMeta read_meta(const std::filesystem::path& input_dir) {
  const std::filesystem::path path = input_dir / sot::kMetaFile;
  if (!file_size_if_exists(path)) {
    return {};
  }
  sot::SnapshotMeta meta = sot::SnapshotMeta::parse(read_file(path), path.string());
  if (!meta.processing_date.empty() && !Date::parse(meta.processing_date)) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: processing_date is '{}', but a date YYYY-MM-DD is needed",
                            path.string(), meta.processing_date));
  }
  return meta;
}

std::map<std::string, std::string> hash_inputs(const std::filesystem::path& input_dir,
                                               const sot::SnapshotMeta& meta, int threads) {
  std::vector<std::string> names;
  for (const char* name :
       {sot::kAlertsFile, sot::kFeaturesFile, sot::kClustersFile, sot::kMoneyFlowsFile}) {
    if (file_size_if_exists(input_dir / name)) {
      names.emplace_back(name);
    }
  }
  std::vector<std::string> digests(names.size());
  parallel_blocks(names.size(), 1, threads, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const auto stated = meta.files.find(names[i]);
      digests[i] = verified_sha256(input_dir / names[i],
                                   stated == meta.files.end() ? sot::FileCheck{} : stated->second);
    }
  });
  std::map<std::string, std::string> by_name;
  for (std::size_t i = 0; i < names.size(); ++i) {
    by_name[names[i]] = digests[i];
  }
  return by_name;
}

}  // namespace aml::snapshot
