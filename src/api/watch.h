#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>

#include "base/descriptor.h"

namespace aml::api {

// Tells whether anything in an output root changed, without looking at each file: by inotify, which
// the kernel feeds before a rename or write returns. All functions may be called from any thread.
class Watch {
 public:
  explicit Watch(std::filesystem::path output_root);
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // A number that is another one whenever batches came, changed or went since. Nothing where it
  // cannot be told: the root does not exist, lies on a file system that others write to over a
  // network, or the kernel has no watches left.
  std::optional<std::uint64_t> generation();

 private:
  // Both with mutex_ held.
  void begin();
  void take_events();
  void watch_batches();

  const std::filesystem::path root_;
  const Descriptor inotify_;
  int root_watch_ = -1;
  std::mutex mutex_;
  std::atomic<bool> works_{false};
  std::atomic<bool> taking_{false};  // events were read and are not counted yet
  std::atomic<std::uint64_t> generation_{1};
};

}  // namespace aml::api
