#pragma once

#include <filesystem>
#include <optional>

#include "base/file_lock.h"

namespace aml {

// A directory that appears whole or not at all. Files are written below `path()`, a hidden sibling
// `.{name}.staging` of the target; `publish()` syncs them and renames the folder into place, at
// once replacing a previous one. Where the object goes without publish(), or the process dies, the
// target is as it was; what a dead process left behind is cleared by the next one.
//
// One process at a time may stage a target: the lock file is `.{name}.lock` beside it.
class StagedDirectory {
 public:
  enum class Leftovers { clear, keep };  // what to do with the staging folder of a dead process

  // Creates the parent and the staging folder. Throws Error{unavailable} where another process is
  // staging the same target, Error{no_space, denied, …} where the disk refuses.
  explicit StagedDirectory(const std::filesystem::path& target,
                           Leftovers leftovers = Leftovers::clear);
  ~StagedDirectory();
  StagedDirectory(const StagedDirectory&) = delete;
  StagedDirectory& operator=(const StagedDirectory&) = delete;

  const std::filesystem::path& path() const { return staging_; }

  // Makes everything written below path() durable and visible at the target.
  void publish();

  // Leaves the staging folder on disk when the object goes unpublished, so that a later run with
  // Leftovers::keep goes on from it (a download that resumes).
  void keep_for_later() { keep_ = true; }

 private:
  std::filesystem::path target_;
  std::filesystem::path staging_;
  std::optional<FileLock> lock_;
  bool published_ = false;
  bool keep_ = false;
};

// True for the names that StagedDirectory uses beside its targets.
bool is_staging_name(const std::filesystem::path& path);

}  // namespace aml
