#include "base/threads.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <mutex>
#include <utility>
#include <vector>

namespace aml {

int available_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

Error no_thread() {
  return {ErrorKind::unavailable,
          "the system gives this process no further thread: use fewer --threads, or allow more "
          "(ulimit -u, ulimit -v, pids.max of the container)"};
}

void parallel_blocks(std::size_t count, std::size_t block, int threads,
                     const std::function<void(std::size_t begin, std::size_t end)>& body) {
  block = std::max<std::size_t>(1, block);
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex failure_mutex;
  const auto scope = StopScope::current();
  const auto work = [&] {
    while (true) {
      const std::size_t begin = next.fetch_add(block);
      if (begin >= count) return;
      try {
        body(begin, std::min(count, begin + block));
      } catch (...) {
        const std::lock_guard lock(failure_mutex);
        if (!failure) failure = std::current_exception();
        next.store(count);
        return;
      }
    }
  };
  const std::size_t blocks = (count + block - 1) / block;
  const std::size_t helpers =
      std::min<std::size_t>(static_cast<std::size_t>(std::max(1, threads)), blocks);
  {
    std::vector<std::jthread> pool;
    pool.reserve(helpers);
    try {
      for (std::size_t i = 1; i < helpers; ++i) {
        pool.emplace_back([&] {
          const StopScope inherited(scope);
          work();
        });
      }
    } catch (const std::system_error&) {
      // Those there are, this one at least, do it all.
    }
    work();
  }
  if (failure) std::rethrow_exception(failure);
}

namespace {

std::atomic<bool> g_stop{false};
static_assert(std::atomic<bool>::is_always_lock_free);
thread_local std::shared_ptr<const StopQuestion> t_question;

void on_stop_signal(int) {
  if (g_stop.exchange(true)) _exit(exit_code(ErrorKind::interrupted));
}

}  // namespace

bool stop_requested() {
  return g_stop.load(std::memory_order_relaxed) || (t_question && (*t_question)());
}

void throw_if_stop_requested() {
  if (stop_requested()) throw Error(ErrorKind::interrupted, "stopped by a signal");
}

void install_signal_handlers() {
  struct sigaction action{};
  action.sa_handler = on_stop_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
  sigaction(SIGXFSZ, &action, nullptr);
}

void ignore_hangups() {
  struct sigaction action{};
  action.sa_handler = SIG_IGN;
  sigemptyset(&action.sa_mask);
  sigaction(SIGHUP, &action, nullptr);
}

StopScope::StopScope(std::shared_ptr<const StopQuestion> question)
    : outer_(std::exchange(t_question, std::move(question))) {}
StopScope::~StopScope() { t_question = std::move(outer_); }

std::shared_ptr<const StopQuestion> StopScope::current() { return t_question; }

}  // namespace aml
