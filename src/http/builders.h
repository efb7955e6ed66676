#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace aml::http {

// A piece of work for a builder thread. Exactly one of `run` and `drop` is called, and throws
// nothing.
struct Task {
  int priority = 0;        // higher ones come first
  std::string client{};    // whom it is for
  std::stop_token gone{};  // says that nobody waits for it any more
  // On a builder thread, where stop_requested() says yes once nobody waits, or the end has come.
  std::function<void()> run;
  // In its place, on any thread: it must make room for others, or nobody waits for it.
  std::function<void()> drop;
  bool goes_on = false;  // with what has begun: it is not refused for what waits already
};

// Threads for what takes longer than an io thread may be kept. Of equal priority each client has
// its turn: who asks for much waits behind himself. May be called from any thread.
class Builders {
 public:
  // REQUIRES: threads >= 1. At most `max_waiting` pieces of work wait for a thread. Throws
  // no_thread().
  Builders(int threads, std::size_t max_waiting);
  // Waits for what is under way.
  ~Builders();
  Builders(const Builders&) = delete;
  Builders& operator=(const Builders&) = delete;

  // False where too much waits already and `task` was not taken; nothing of it is called then. A
  // client that has less waiting than another takes the place of that one's last.
  bool post(Task task);

  // Drops what waits, but not what goes on or begins at once; takes nothing else from then on.
  void stop();
  // Drops everything, and has what is under way end early.
  void cancel();
  // Whether that has ended, after at most so long.
  bool wait_until_idle(std::chrono::milliseconds patience);

  std::size_t waiting() const;

 private:
  // Of one priority: the tasks of each client, and whose turn it is.
  struct Level {
    std::unordered_map<std::string, std::deque<Task>> tasks;
    std::deque<std::string> turns;
  };
  using Levels = std::map<int, Level, std::greater<>>;
  void run();
  Task take();
  void push(Task task);
  bool make_room_for(const std::string& client, Task& displaced);
  bool take_last(Level& level, const std::string& client, Task& taken);
  std::vector<Task> take_all(bool those_that_go_on);
  void execute(Task& task) const;

  const std::size_t max_waiting_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable became_idle_;
  Levels levels_;
  std::size_t waiting_ = 0;  // in levels_
  // Without what goes on:
  std::size_t limited_ = 0;
  std::unordered_map<std::string, std::size_t> limited_by_client_;
  int idle_ = 0;  // threads that wait
  bool stopping_ = false;
  bool ending_ = false;
  std::atomic<bool> cancelled_{false};
  std::vector<std::jthread> threads_;
};

}  // namespace aml::http
