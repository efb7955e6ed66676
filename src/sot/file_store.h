#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sot/object_store.h"

namespace aml::sot {

// Objects as files below a folder: a source of truth on a disk that is shared, or mirrored.
class FileStore : public ObjectStore {
 public:
  explicit FileStore(std::filesystem::path root) : root_(std::move(root)) {}

  std::string address(const std::string& key) const override;
  // The ETag is made of size and time of change.
  std::optional<ObjectInfo> stat(const std::string& key) override;
  void read(const std::string& key, std::uint64_t offset, std::uint64_t length,
            const std::string& etag, const Sink& sink) override;
  void put_file(const std::string& key, const std::filesystem::path& file,
                const Sent& sent) override;
  void put(const std::string& key, std::string_view bytes) override;
  std::vector<std::string> folders(const std::string& key) override;

 private:
  std::filesystem::path root_;
};

}  // namespace aml::sot
