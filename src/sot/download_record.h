#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "base/hash.h"
#include "sot/object_store.h"

namespace aml::sot {

// What a download leaves beside its files, in `.download.json`: from which objects they came and
// what they were verified to be. It lets the next run see that there is nothing to do.
struct RecordedFile {
  std::uint64_t size = 0;
  std::string etag;
  HashKind hash = HashKind::sha256;
  std::string digest;

  // Whether the object has not changed since, by what the store says of it.
  bool is_of(const ObjectInfo& object) const { return size == object.size && etag == object.etag; }
};

struct DownloadRecord {
  static constexpr const char* kFileName = ".download.json";

  std::string source;  // address of the snapshot
  std::map<std::string, RecordedFile> files;

  std::string to_json() const;
  // Nothing where there is no record or it cannot be read: then the folder is not known.
  static std::optional<DownloadRecord> read(const std::filesystem::path& directory);
};

}  // namespace aml::sot
