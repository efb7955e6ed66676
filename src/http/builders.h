#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

namespace aml::http {

// Threads for what takes longer than an io thread may be kept: work of higher priority first, of
// equal priority in the order it came.
class Builders {
 public:
  // REQUIRES: threads >= 1. At most `max_waiting` pieces of work wait for a thread.
  Builders(int threads, std::size_t max_waiting);
  // Finishes what is under way and what waits.
  ~Builders();
  Builders(const Builders&) = delete;
  Builders& operator=(const Builders&) = delete;

  // False where too much waits already and `work` was not taken. `work` throws nothing.
  bool post(int priority, std::function<void()> work);
  // Takes the work even so: for the continuation of what was taken.
  void post_next(int priority, std::function<void()> work);

 private:
  struct Waiting {
    int priority;
    std::uint64_t number;
    std::function<void()> work;
    bool operator<(const Waiting& other) const {
      return priority != other.priority ? priority < other.priority : number > other.number;
    }
  };
  void push(int priority, std::function<void()> work);
  void run();

  const std::size_t max_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::priority_queue<Waiting> waiting_;
  std::uint64_t posted_ = 0;
  bool ending_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace aml::http
