#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace aml::log {

// Lines of the log that wait to be written many at once: those of one thread in the order they
// came. All functions may be called from any thread.
class WaitingLines {
 public:
  // `write` gets whole lines with their ends, one call at a time, from any thread.
  explicit WaitingLines(std::function<void(const std::string& lines)> write);
  ~WaitingLines();
  WaitingLines(const WaitingLines&) = delete;
  WaitingLines& operator=(const WaitingLines&) = delete;

  // Written by the next flush(), at the latest after 200 ms; at once where many of this thread wait
  // already, so that memory is bounded by how fast lines can be written.
  void add(std::string_view line);
  void flush();

 private:
  // The lines of one thread: a busy server's threads would otherwise wait for each other.
  struct Lines {
    std::mutex mutex;
    std::string text;
  };
  Lines& own_lines();
  void run(const std::stop_token& stop);

  const std::function<void(const std::string&)> write_;
  std::mutex writing_;
  std::string being_written_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Lines>> threads_;  // one that is held here alone has ended
  std::jthread flusher_;                         // starts with the first line
};

}  // namespace aml::log
