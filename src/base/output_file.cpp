#include "base/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include "base/environment.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/parse_number.h"
#include "base/threads.h"

namespace aml {

namespace fs = std::filesystem;

namespace {

constexpr mode_t kPermissions = 0777;
constexpr mode_t kSharedMode = 0644;
constexpr mode_t kOwnerMode = 0600;
constexpr int kMostLinks = 40;    // as the kernel
constexpr int kMostWriters = 64;  // of one file at a time
// A shell starts both ends of a pipe at once; the other one may need a moment.
constexpr std::chrono::seconds kReaderPatience{3};
constexpr std::chrono::milliseconds kReaderPause{20};

[[noreturn]] void refuse(const fs::path& named, int reason) {
  throw system_error("cannot write " + named.string(), reason);
}

[[noreturn]] void refuse_existing(const fs::path& named) {
  throw Error(ErrorKind::usage, named.string() + " is there already; choose another name");
}

std::optional<struct stat> status_of(const fs::path& path, const fs::path& named) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) == 0) return status;
  if (errno != ENOENT) refuse(named, errno);
  return std::nullopt;
}

// Links below /proc name what is open and no place: they cannot be followed by their text.
bool lies_in_proc(const fs::path& path) {
  struct statfs status{};
  return ::statfs(path.parent_path().c_str(), &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
}

// One of this process's own descriptors, which it shares with whoever gave it: both go on at the
// same place of a file. Closed where `path` names none.
Descriptor own_descriptor(const fs::path& path) {
  const auto number = parse_number<int>(path.filename().string());
  const fs::path all = fs::path("/proc") / std::to_string(::getpid()) / "fd";
  if (!number || !is_below(path.parent_path(), all)) return {};
  if ((::fcntl(*number, F_GETFL) & O_ACCMODE) == O_RDONLY) return {};
  return Descriptor(::fcntl(*number, F_DUPFD_CLOEXEC, 0));
}

Descriptor open_pipe(const fs::path& path, const fs::path& named) {
  const auto patience = std::chrono::steady_clock::now() + kReaderPatience;
  while (true) {
    Descriptor pipe(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    if (pipe.is_open()) return pipe;
    if (errno != ENXIO) refuse(named, errno);
    throw_if_stop_requested();
    if (std::chrono::steady_clock::now() > patience) {
      throw Error(
          ErrorKind::usage,
          fmt::format("{} is a pipe that nobody reads: start its reader first", named.string()));
    }
    std::this_thread::sleep_for(kReaderPause);
  }
}

// Whether the descriptor is that of the file which has this name now.
bool has_name(const Descriptor& file, const fs::path& path) {
  struct stat open{};
  struct stat named{};
  return ::fstat(file.get(), &open) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

bool lock(const Descriptor& file) { return ::flock(file.get(), LOCK_EX | LOCK_NB) == 0; }

// Removes what a writer that is no more left there; false where one is at work, or it is not ours.
bool clear_leftover(const fs::path& path) {
  const Descriptor leftover(::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!leftover.is_open()) return errno == ENOENT;
  if (!lock(leftover)) return false;
  return !has_name(leftover, path) || ::unlink(path.c_str()) == 0;
}

}  // namespace

OutputFile::OutputFile(const fs::path& target, OutputOptions options)
    : named_(target), options_(options) {
  find_target();
  if (in_place_.is_open()) {
    open_aside_elsewhere();
  } else {
    open_aside();
  }
}

OutputFile::~OutputFile() {
  if (!aside_path_.empty()) ::unlink(aside_path_.c_str());
}

// Finds out what the bytes are to become, and opens it where it cannot be replaced.
void OutputFile::find_target() {
  if (!named_.has_filename() || is_folder(named_)) {
    throw Error(ErrorKind::usage, named_.string() + " is a folder; name a file in it");
  }
  std::error_code error;
  target_ = fs::absolute(named_, error);
  if (error) refuse(named_, error.value());
  std::optional<struct stat> found = status_of(target_, named_);
  if (found && !options_.replace) refuse_existing(named_);
  for (int links = 0; found && S_ISLNK(found->st_mode); ++links) {
    if (links == kMostLinks) refuse(named_, ELOOP);
    if (lies_in_proc(target_)) break;
    const fs::path next = fs::read_symlink(target_, error);
    if (error) refuse(named_, error.value());
    target_ = target_.parent_path() / next;  // an absolute one replaces all
    found = status_of(target_, named_);
  }
  if (!found && !is_folder(target_.parent_path())) {
    throw Error(ErrorKind::not_found,
                fmt::format("cannot write {}: its folder does not exist", named_.string()));
  }
  if (found && S_ISREG(found->st_mode) && !is_mount_point(target_)) {
    replaced_ = found;
  } else if (found) {
    open_in_place();
  }
}

void OutputFile::open_in_place() {
  struct stat status{};
  if (::stat(target_.c_str(), &status) != 0) refuse(named_, errno);
  const bool is_descriptor = lies_in_proc(target_);
  if (is_descriptor) in_place_ = own_descriptor(target_);
  if (in_place_.is_open()) return;
  if (S_ISFIFO(status.st_mode)) {
    in_place_ = open_pipe(target_, named_);
    return;
  }
  if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode)) {
    throw Error(ErrorKind::usage,
                named_.string() + " is neither a file nor a pipe, and is left alone: name a file");
  }
  is_cut_ = S_ISREG(status.st_mode) && !is_descriptor;
  const int flags = O_WRONLY | O_NOCTTY | O_CLOEXEC | (is_cut_ ? 0 : O_APPEND);
  in_place_ = Descriptor(::open(target_.c_str(), flags));
  if (!in_place_.is_open()) refuse(named_, errno);
}

// Beside the target, so that it can be renamed.
void OutputFile::open_aside() {
  const mode_t mode = replaced_ || options_.access == Access::owner ? kOwnerMode : kSharedMode;
  for (int writer = 0; writer < kMostWriters;) {
    const fs::path path =
        hidden_sibling(target_, writer == 0 ? ".partial" : fmt::format(".{}.partial", writer));
    aside_ =
        Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (aside_.is_open()) {
      const bool is_locked = lock(aside_);
      if (!is_locked && errno != EWOULDBLOCK) {
        ::unlink(path.c_str());
        refuse(named_, errno);
      }
      // Another one may have taken it for a leftover just now.
      if (!is_locked || !has_name(aside_, path)) continue;
      aside_path_ = path;
      keep_mode();
      return;
    }
    if (errno != EEXIST) {
      throw system_error(
          fmt::format("cannot write {}, as no file can be made beside it", named_.string()), errno);
    }
    if (!clear_leftover(path)) ++writer;
  }
  throw Error(ErrorKind::unavailable,
              fmt::format("{} other processes are writing {}; wait for them to end", kMostWriters,
                          named_.string()));
}

void OutputFile::open_aside_elsewhere() {
  std::string name =
      (fs::path(environment("TMPDIR").value_or("/tmp")) / "aml-output-XXXXXX").string();
  aside_ = Descriptor(::mkostemp(name.data(), O_CLOEXEC));
  if (!aside_.is_open()) throw system_error("cannot make a temporary file " + name, errno);
  aside_path_ = name;
}

// Owner and mode of the file that is replaced, before anything is written; only root can give
// files away.
void OutputFile::keep_mode() const {
  if (!replaced_) return;
  if (::fchown(aside_.get(), replaced_->st_uid, replaced_->st_gid) != 0) errno = 0;
  if (::fchmod(aside_.get(), replaced_->st_mode & kPermissions) != 0) refuse(named_, errno);
}

void OutputFile::write(std::string_view bytes) { write_all(aside_, bytes, named_); }

void OutputFile::publish() {
  if (in_place_.is_open()) {
    copy_aside();
  } else {
    rename_aside();
  }
}

void OutputFile::publish_as(const fs::path& path) {
  named_ = target_ = path;
  rename_aside();
}

void OutputFile::rename_aside() {
  if (::fsync(aside_.get()) != 0) refuse(named_, errno);
  const auto found = status_of(target_, named_);
  if (found && !S_ISREG(found->st_mode)) {
    throw Error(ErrorKind::usage, named_.string() + " has become something else than a file");
  }
  const char* const from = aside_path_.c_str();
  const char* const to = target_.c_str();
  if (options_.replace) {
    if (::rename(from, to) != 0) refuse(named_, errno);
    aside_path_.clear();
  } else if (::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) {
    aside_path_.clear();
  } else if (errno == EEXIST || ::link(from, to) != 0) {  // where the file system only knows links
    if (errno == EEXIST) refuse_existing(named_);
    refuse(named_, errno);
  }
  aside_.close();
  sync_path(target_.parent_path());
}

void OutputFile::copy_aside() {
  read_blocks(aside_path_, [&](std::string_view block) { write_all(in_place_, block, named_); });
  struct stat written{};
  if (is_cut_ && (::fstat(aside_.get(), &written) != 0 ||
                  ::ftruncate(in_place_.get(), written.st_size) != 0)) {
    refuse(named_, errno);
  }
  // Pipes and devices have nothing to sync.
  if (::fsync(in_place_.get()) != 0 && errno != EINVAL && errno != EROFS) refuse(named_, errno);
  in_place_.close();
}

}  // namespace aml
