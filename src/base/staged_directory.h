#pragma once

#include <filesystem>
#include <optional>

#include "base/file_lock.h"

namespace aml {

// A directory that appears whole or not at all. Files are written below `path()`, a hidden sibling
// of the target, `.{name}.staging`; `publish()` syncs them and exchanges the two names. Where the
// object goes without publish(), or the process dies, the target is as it was; what a dead process
// left behind is cleared by the next one.
//
// Some file systems cannot exchange two names. There the old folder is renamed to
// `.{name}.previous`, then the new one to the target; where a process dies between the two, the
// next one brings the old folder back.
//
// A symbolic link stays one: the folder it leads to is replaced, beside which the others then lie.
// A new folder has the mode, and as far as this process may give it the owner, of the one that it
// replaces. One process at a time may stage a target: the lock file is `.{name}.lock`.
class StagedDirectory {
 public:
  enum class Leftovers { clear, keep };  // what to do with the staging folder of a dead process

  // Creates the parent and the staging folder. Throws Error{usage} where the target is no folder or
  // cannot be replaced because something is mounted there, Error{unavailable} where another process
  // is staging it, Error{no_space, denied, …} where the disk refuses.
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

  // Brings back a target that a process which died between the two names left away: for who reads
  // it before staging. Throws as the constructor does.
  static void recover(const std::filesystem::path& target);
  // Removes what dead processes left beside a target that needs no staging, as far as it can.
  static void clear_leftovers(const std::filesystem::path& target) noexcept;

 private:
  void make_staging(Leftovers leftovers);
  void keep_mode() const;
  void replace_in_two_steps();

  std::filesystem::path target_;
  std::filesystem::path staging_;
  std::optional<FileLock> lock_;
  bool published_ = false;
  bool keep_ = false;
};

}  // namespace aml
