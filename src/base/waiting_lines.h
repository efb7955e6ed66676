#pragma once

#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

namespace aml::log {

// Lines of the log that wait to be written many at once, in the order they came. All functions may
// be called from any thread.
class WaitingLines {
 public:
  // `write` gets whole lines with their ends, one call at a time, from any thread.
  explicit WaitingLines(std::function<void(const std::string& lines)> write);
  ~WaitingLines();
  WaitingLines(const WaitingLines&) = delete;
  WaitingLines& operator=(const WaitingLines&) = delete;

  // Written by the next flush(), at the latest after 200 ms; at once where much waits already, so
  // that memory is bounded by how fast lines can be written.
  void add(std::string_view line);
  void flush();

 private:
  void run(const std::stop_token& stop);

  const std::function<void(const std::string&)> write_;
  std::mutex mutex_;
  std::mutex writing_;
  std::string lines_;
  std::string being_written_;
  std::jthread thread_;  // starts with the first line
};

}  // namespace aml::log
