#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace aml::validator {

// Does what it is given in order, on a thread of its own: answers are synced, renamed and committed
// beside the loop that receives them, so that a slow disk makes no miner late. What waits is
// bounded by the miners of a round, and holds no open file.
class StoringThread {
 public:
  StoringThread() : thread_([this] { run(); }) {}
  // Returns once all is done.
  ~StoringThread();
  StoringThread(const StoringThread&) = delete;
  StoringThread& operator=(const StoringThread&) = delete;

  // Throws what earlier work threw; then nothing more is done.
  void add(std::function<void()> work);
  // Returns once all is done. Throws what work threw.
  void finish();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool is_working_ = false;
  bool is_ending_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace aml::validator
