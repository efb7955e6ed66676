#pragma once

#include <filesystem>
#include <optional>
#include <utility>

#include "base/descriptor.h"

namespace aml {

// An exclusive lock between processes (flock on a file). It is released when the object or the
// process goes, however it dies, so a lock never outlives its owner. The lock file stays.
class FileLock {
 public:
  // The lock, or nothing where another process holds it.
  static std::optional<FileLock> try_acquire(const std::filesystem::path& path);

 private:
  explicit FileLock(Descriptor file) : file_(std::move(file)) {}
  Descriptor file_;
};

}  // namespace aml
