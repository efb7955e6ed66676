#include "sot/publish.h"

#include <fmt/format.h>

#include "base/date.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/progress.h"
#include "base/threads.h"

namespace aml::sot {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> parquet_files(const fs::path& input_dir) {
  std::vector<std::string> names;
  for (const char* name : {kAlertsFile, kFeaturesFile, kClustersFile, kMoneyFlowsFile}) {
    if (file_size_if_exists(input_dir / name)) {
      names.emplace_back(name);
    } else if (std::string_view(name) != kMoneyFlowsFile) {
      throw Error(ErrorKind::bad_input,
                  fmt::format("{} is missing: a snapshot needs it", (input_dir / name).string()));
    }
  }
  return names;
}

SnapshotId identify(const SnapshotMeta& meta, const fs::path& path) {
  const auto date = Date::parse(meta.processing_date);
  if (meta.network.empty() || meta.network.find('/') != std::string::npos || !date ||
      meta.window_days < 1 || meta.window_days > 36500) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{} must give network, processing_date (YYYY-MM-DD) and window_days: "
                            "they decide where the snapshot is published",
                            path.string()));
  }
  return {meta.network, *date, static_cast<int>(meta.window_days)};
}

void check(const fs::path& file, const FileCheck& stated, const FileCheck& found) {
  const auto differs = [](const auto& said, const auto& is) { return said && *said != *is; };
  if (differs(stated.size, found.size) || differs(stated.md5, found.md5) ||
      differs(stated.sha256, found.sha256)) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{} is not the file that META.json describes: size or checksum differ; "
                            "nothing was published",
                            file.string()));
  }
}

// META.json with the checksums of what is really there.
SnapshotMeta describe(const fs::path& input_dir, const SnapshotMeta& stated, int threads) {
  const std::vector<std::string> names = parquet_files(input_dir);
  std::vector<FileCheck> found(names.size());
  parallel_blocks(names.size(), 1, threads, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const fs::path file = input_dir / names[i];
      const FileHashes hashes = hash_file_both(file);
      found[i] = {file_size_if_exists(file), hashes.md5, hashes.sha256};
    }
  });
  SnapshotMeta meta = stated;
  meta.files.clear();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (const auto said = stated.files.find(names[i]); said != stated.files.end()) {
      check(input_dir / names[i], said->second, found[i]);
    }
    meta.files[names[i]] = found[i];
  }
  return meta;
}

// The producer's own META.json where it says everything, otherwise one that does.
std::string meta_text(const SnapshotMeta& stated, const std::string& text,
                      const SnapshotMeta& complete) {
  for (const auto& [name, check] : complete.files) {
    const auto said = stated.files.find(name);
    if (said == stated.files.end() || !said->second.size || !said->second.sha256) {
      return complete.to_json();
    }
  }
  return stated.files.size() == complete.files.size() ? text : complete.to_json();
}

bool is_there(ObjectStore& store, const std::string& folder, const SnapshotMeta& meta,
              const std::string& text) {
  const auto there = store.stat(folder + kMetaFile);
  if (!there || there->size != text.size() ||
      read_object(store, folder + kMetaFile, text.size()) != text) {
    return false;
  }
  for (const auto& [name, check] : meta.files) {
    const auto object = store.stat(folder + name);
    if (!object || object->size != check.size) {
      return false;
    }
  }
  return true;
}

// Looks at the object after it was sent: what a service says of an upload is not what it keeps.
void check_stored(ObjectStore& store, const std::string& key, std::uint64_t size,
                  const std::string& md5) {
  const auto object = store.stat(key);
  if (!object || object->size != size || (object->etag_is_md5 && object->etag != md5)) {
    throw Error(
        ErrorKind::unavailable,
        fmt::format("{} is not what was sent: it {}; another upload may be under way; run the "
                    "command again",
                    store.address(key),
                    object
                        ? fmt::format("has {} bytes and the ETag '{}'", object->size, object->etag)
                        : "is not there"));
  }
}

// Sends the files of the snapshot, then META.json; the number of bytes sent.
std::uint64_t send_snapshot(ObjectStore& store, const std::string& folder,
                            const fs::path& input_dir, const SnapshotMeta& meta,
                            const std::string& text) {
  std::uint64_t total = 0;
  for (const auto& [name, check] : meta.files) {
    total += *check.size;
  }
  Progress progress("publish", total, Progress::Unit::bytes);
  for (const auto& [name, check] : meta.files) {
    throw_if_stop_requested();
    store.put_file(folder + name, input_dir / name,
                   [&](std::uint64_t bytes) { progress.add(bytes); });
    check_stored(store, folder + name, *check.size, *check.md5);
    log::debug("published a file", {{"object", store.address(folder + name)}});
  }
  store.put(folder + kMetaFile, text);
  check_stored(store, folder + kMetaFile, text.size(), hash_text(HashKind::md5, text));
  return total + text.size();
}

}  // namespace

std::uint64_t publish_files(const fs::path& folder, const std::string& key,
                            const std::vector<std::string>& names, ObjectStore& store) {
  std::uint64_t total = 0;
  for (const std::string& name : names) {
    const auto size = file_size_if_exists(folder / name);
    if (!size) {
      throw Error(ErrorKind::not_found, fmt::format("there is no {}", (folder / name).string()));
    }
    total += *size;
  }
  Progress progress("publish", total, Progress::Unit::bytes);
  for (const std::string& name : names) {
    throw_if_stop_requested();
    const std::string object = key + "/" + name;
    const std::uint64_t size = file_size_if_exists(folder / name).value_or(0);
    const std::string md5 = hash_file(HashKind::md5, folder / name);
    store.put_file(object, folder / name, [&](std::uint64_t bytes) { progress.add(bytes); });
    check_stored(store, object, size, md5);
  }
  return total;
}

PublishReport publish(const PublishRequest& request, ObjectStore& store) {
  const fs::path meta_path = request.input_dir / kMetaFile;
  if (!is_folder(request.input_dir)) {
    throw Error(ErrorKind::not_found,
                fmt::format("there is no folder {}", request.input_dir.string()));
  }
  if (!file_size_if_exists(meta_path)) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{} is missing: it says which snapshot this is", meta_path.string()));
  }
  const std::string stated_text = read_file(meta_path, kMostMetaBytes);
  const SnapshotMeta stated = SnapshotMeta::parse(stated_text, meta_path.string());
  PublishReport report{identify(stated, meta_path)};
  const SnapshotMeta meta = describe(request.input_dir, stated, request.threads);
  const std::string text = meta_text(stated, stated_text, meta);
  const std::string folder = report.id.path() + "/";

  report.already_published = is_there(store, folder, meta, text);
  if (!report.already_published) {
    report.bytes = send_snapshot(store, folder, request.input_dir, meta, text);
  }
  if (!request.ground_truth.empty()) {
    const std::string key = folder + ground_truth_file_name(report.id.processing_date);
    const std::string md5 = hash_file(HashKind::md5, request.ground_truth);
    store.put_file(key, request.ground_truth, [&](std::uint64_t bytes) { report.bytes += bytes; });
    check_stored(store, key, file_size_if_exists(request.ground_truth).value_or(0), md5);
  }
  return report;
}

}  // namespace aml::sot
