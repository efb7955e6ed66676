#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "sot/download.h"
#include "sot/object_store.h"
#include "sot/snapshot.h"

namespace aml::sot {

// One object to have, and how to know that it is right.
struct WantedFile {
  std::string name;
  std::string key;
  ObjectInfo object;
  HashKind hash = HashKind::sha256;
  std::optional<std::string> digest;  // nothing: no checksum to check against
  ObjectStore* store = nullptr;       // null: the snapshot's
  bool tells_when_known = false;      // what is in it counts from the time it became known on
};

// Everything that the finished folder will hold.
struct DownloadPlan {
  std::string source;                    // address of the snapshot
  std::optional<std::string> meta_text;  // META.json as it is published; nothing: there is none
  std::vector<WantedFile> files;         // the largest first
  std::vector<std::string> warnings;     // one sentence each
};

// Looks at the store, without transferring more than META.json. Throws as download() does.
DownloadPlan plan_download(const DownloadRequest& request, ObjectStore& store);

}  // namespace aml::sot
