#include "base/staged_directory.h"

#include <fcntl.h>
#include <stdio.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "base/error.h"
#include "base/files.h"

namespace aml {

namespace fs = std::filesystem;

namespace {

constexpr const char* kStagingSuffix = ".staging";
constexpr const char* kLockSuffix = ".lock";

// The target without a trailing slash and with a parent, so that siblings can be named.
fs::path normalized(const fs::path& target) {
  fs::path path = fs::absolute(target).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return path;
}

fs::path sibling(const fs::path& target, const char* suffix) {
  return target.parent_path() / ("." + target.filename().string() + suffix);
}

void make_directories(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) throw system_error("cannot create " + path.string(), error.value());
}

}  // namespace

StagedDirectory::StagedDirectory(const fs::path& target, Leftovers leftovers)
    : target_(normalized(target)), staging_(sibling(target_, kStagingSuffix)) {
  make_directories(target_.parent_path());
  lock_ = FileLock::try_acquire(sibling(target_, kLockSuffix));
  if (!lock_) {
    throw Error(ErrorKind::unavailable,
                "another process is writing " + target_.string() + "; wait for it to end");
  }
  if (leftovers == Leftovers::clear) fs::remove_all(staging_);
  make_directories(staging_);
}

StagedDirectory::~StagedDirectory() {
  if (published_ || keep_) return;
  std::error_code ignored;  // a destructor has nobody to tell; the next process clears it
  fs::remove_all(staging_, ignored);
}

void StagedDirectory::publish() {
  sync_tree(staging_);
  // Exchanging the two folders makes the replacement one step: no moment without a batch.
  if (::renameat2(AT_FDCWD, staging_.c_str(), AT_FDCWD, target_.c_str(), RENAME_EXCHANGE) == 0) {
    published_ = true;
    sync_path(target_.parent_path());
    std::error_code ignored;  // the old folder is in nobody's way
    fs::remove_all(staging_, ignored);
    return;
  }
  if (errno != ENOENT && errno != EINVAL) {
    throw system_error("cannot publish " + target_.string(), errno);
  }
  if (errno == EINVAL) fs::remove_all(target_);  // a file system that cannot exchange
  if (::rename(staging_.c_str(), target_.c_str()) != 0) {
    throw system_error("cannot publish " + target_.string(), errno);
  }
  published_ = true;
  sync_path(target_.parent_path());
}

bool is_staging_name(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.starts_with(".") && (name.ends_with(kStagingSuffix) || name.ends_with(kLockSuffix));
}

}  // namespace aml
