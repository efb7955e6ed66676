#include "base/staged_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"

namespace aml {

namespace fs = std::filesystem;

namespace {

constexpr mode_t kPermissions = 07777;
constexpr mode_t kOwner = 0700;

fs::path previous(const fs::path& target) { return hidden_sibling(target, ".previous"); }

// Where the folder lies: what a link leads to, checked for what could not be replaced in the end.
fs::path place_of(const fs::path& named) {
  fs::path target = absolute_path(follow_links(absolute_path(named)));
  if (path_exists(target) && !is_folder(target)) {
    throw Error(ErrorKind::usage, named.string() + " is a file, and must be a folder");
  }
  if (!target.has_relative_path() || is_mount_point(target)) {
    throw Error(ErrorKind::usage,
                fmt::format("{} is a mount point, and a folder that appears whole cannot replace "
                            "it: name a folder in it",
                            named.string()));
  }
  return target;
}

FileLock lock(const fs::path& target) {
  auto held = FileLock::try_acquire(hidden_sibling(target, ".lock"));
  if (held) return std::move(*held);
  throw Error(ErrorKind::unavailable,
              "another process is writing " + target.string() + "; wait for it to end");
}

// Ends what a process that died between the two names began. REQUIRES: the lock is held.
void bring_back(const fs::path& target) {
  if (!is_folder(previous(target))) return;
  if (path_exists(target)) {
    remove_tree(previous(target));
  } else {
    rename_path(previous(target), target);
    sync_path(target.parent_path());
  }
}

bool try_rename(const fs::path& from, const fs::path& to, unsigned flags) {
  return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags) == 0;
}

}  // namespace

StagedDirectory::StagedDirectory(const fs::path& target, Leftovers leftovers)
    : target_(place_of(target)), staging_(hidden_sibling(target_, ".staging")) {
  make_folders(target_.parent_path());
  lock_ = lock(target_);
  bring_back(target_);
  make_staging(leftovers);
}

StagedDirectory::~StagedDirectory() {
  if (!published_ && !keep_) try_remove_tree(staging_);
}

void StagedDirectory::recover(const fs::path& target) {
  const fs::path place = place_of(target);
  if (path_exists(place) || !is_folder(previous(place))) return;
  const FileLock held = lock(place);
  bring_back(place);
}

void StagedDirectory::clear_leftovers(const fs::path& target) noexcept {
  try {
    const fs::path place = place_of(target);
    const fs::path staging = hidden_sibling(place, ".staging");
    if (!is_folder(staging) && !is_folder(previous(place))) return;
    const FileLock held = lock(place);
    bring_back(place);
    remove_tree(staging);
  } catch (const Error&) {
    // Another process is at work, or the place may not be written: they are in nobody's way.
  }
}

void StagedDirectory::make_staging(Leftovers leftovers) {
  if (leftovers == Leftovers::clear || is_link(staging_)) remove_tree(staging_);
  make_folders(staging_);
  struct stat replaced{};
  if (::stat(target_.c_str(), &replaced) != 0) return;
  // What is private stays so from the beginning.
  if (::chmod(staging_.c_str(), (replaced.st_mode & kPermissions) | kOwner) != 0) {
    throw system_error("cannot create " + staging_.string(), errno);
  }
}

// Mode and owner of the folder that is replaced; only root can give folders away.
void StagedDirectory::keep_mode() const {
  struct stat replaced{};
  if (::stat(target_.c_str(), &replaced) != 0) return;
  if (::chown(staging_.c_str(), replaced.st_uid, replaced.st_gid) != 0) errno = 0;
  if (::chmod(staging_.c_str(), replaced.st_mode & kPermissions) != 0) {
    throw system_error("cannot publish " + target_.string(), errno);
  }
}

void StagedDirectory::publish() {
  sync_tree(staging_);
  keep_mode();
  if (!path_exists(target_)) {
    rename_path(staging_, target_);
  } else if (!try_rename(staging_, target_, RENAME_EXCHANGE)) {
    // What file systems, old kernels and filters of system calls say that cannot exchange.
    const bool cannot_exchange =
        errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM;
    if (!cannot_exchange) throw system_error("cannot publish " + target_.string(), errno);
    replace_in_two_steps();
  }
  published_ = true;
  sync_path(target_.parent_path());
  // The old folder is in nobody's way.
  try_remove_tree(staging_);
  try_remove_tree(previous(target_));
}

void StagedDirectory::replace_in_two_steps() {
  const fs::path old = previous(target_);
  rename_path(target_, old);
  if (try_rename(staging_, target_, 0)) return;
  const int reason = errno;
  try_rename(old, target_, 0);
  throw system_error("cannot publish " + target_.string(), reason);
}

}  // namespace aml
