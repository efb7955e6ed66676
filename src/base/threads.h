#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include "base/error.h"

namespace aml {

// Number of processors this process may use, at least 1.
int available_processors();

// Error{unavailable} that says what to do where the system gives no further thread.
Error no_thread();

// A thread that runs `work`. Throws no_thread() where there is none.
template <typename... Work>
std::jthread start_thread(Work&&... work) {
  try {
    return std::jthread(std::forward<Work>(work)...);
  } catch (const std::system_error&) {
    throw no_thread();
  }
}

// Calls body(begin, end) for consecutive blocks of [0, count) of `block` items (the last may be
// shorter), from `threads` threads, or fewer where the system gives no more. Which thread gets
// which block is not defined, so a body writes only to its own block. The first exception stops the
// rest and is thrown here. A StopScope of the caller holds for all of them.
void parallel_blocks(std::size_t count, std::size_t block, int threads,
                     const std::function<void(std::size_t begin, std::size_t end)>& body);

// Set by SIGINT and SIGTERM once install_signal_handlers() was called, and by this thread's
// StopScope; long work looks at it.
bool stop_requested();
// Throws Error{interrupted} where a stop was requested.
void throw_if_stop_requested();
// SIGINT and SIGTERM set stop_requested(); SIGPIPE and SIGXFSZ are ignored, so that writing
// fails instead. A second signal to stop ends at once.
void install_signal_handlers();
// From now on SIGHUP is ignored: for programs that read their settings anew when it comes.
void ignore_hangups();

// Whether work should end early. May be called from any thread.
using StopQuestion = std::function<bool()>;

// While it lives, stop_requested() on this thread says yes where `question` does; an outer scope is
// not asked meanwhile.
class StopScope {
 public:
  explicit StopScope(std::shared_ptr<const StopQuestion> question);
  ~StopScope();
  StopScope(const StopScope&) = delete;
  StopScope& operator=(const StopScope&) = delete;

  // The question of the innermost scope of this thread; null where there is none.
  static std::shared_ptr<const StopQuestion> current();

 private:
  std::shared_ptr<const StopQuestion> outer_;
};

}  // namespace aml
