#include "api/watch.h"

#include <linux/magic.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/date.h"
#include "base/error.h"
#include "base/file_system.h"

namespace aml::api {

namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t kChanges = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY |
                                   IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF |
                                   IN_ONLYDIR;
constexpr std::size_t kEventBytes = 16'384;

// Where only this machine's kernel writes, it sees every change.
bool is_local(const fs::path& folder) {
  struct statfs status{};
  if (::statfs(folder.c_str(), &status) != 0) return false;
  constexpr std::array<long, 4> kLocal{EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC,
                                       TMPFS_MAGIC};
  constexpr long kOverlay = OVERLAYFS_SUPER_MAGIC;  // of containers, over one of the above
  const auto type = static_cast<long>(status.f_type);
  return type == kOverlay || std::find(kLocal.begin(), kLocal.end(), type) != kLocal.end();
}

}  // namespace

Watch::Watch(fs::path output_root)
    : root_(std::move(output_root)), inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

std::optional<std::uint64_t> Watch::generation() {
  if (!inotify_.is_open()) return std::nullopt;
  if (works_) {
    int pending = 0;
    const bool is_quiet = ::ioctl(inotify_.get(), FIONREAD, &pending) == 0 && pending == 0;
    if (is_quiet && !taking_) return generation_;
  }
  const std::lock_guard lock(mutex_);
  if (!works_) begin();
  if (works_) take_events();
  return works_ ? std::optional(generation_.load()) : std::nullopt;
}

void Watch::begin() {
  if (!is_local(root_)) return;
  root_watch_ = ::inotify_add_watch(inotify_.get(), root_.c_str(), kChanges);
  if (root_watch_ < 0) return;
  works_ = true;
  ++generation_;
  watch_batches();
}

void Watch::watch_batches() {
  // The folders of batches too, since a file inside may be damaged or replaced. One that is watched
  // already stays so at no cost.
  try {
    for (const fs::path& path : list_folder(root_)) {
      if (!Date::parse(path.filename().string())) continue;
      const int watch = ::inotify_add_watch(inotify_.get(), path.c_str(), kChanges);
      if (watch < 0 && errno == ENOSPC) works_ = false;  // looking at the disk is always right
    }
  } catch (const Error&) {
    works_ = false;
  }
}

void Watch::take_events() {
  taking_ = true;
  alignas(inotify_event) std::array<char, kEventBytes> events;
  bool changed = false;
  for (ssize_t got; (got = ::read(inotify_.get(), events.data(), events.size())) > 0;) {
    changed = true;
    for (ssize_t at = 0; at < got;) {
      inotify_event event;
      std::memcpy(&event, events.data() + at, sizeof event);
      at += static_cast<ssize_t>(sizeof event + event.len);
      const bool root_is_gone =
          event.wd == root_watch_ && (event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED));
      if (root_is_gone) works_ = false;
    }
  }
  if (changed) {
    ++generation_;
    // Watches of the folders there are now, before anyone reads them.
    if (works_) watch_batches();
  }
  taking_ = false;
}

}  // namespace aml::api
