#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace aml::log {

// Lines on their way to a stream whose reader may stand still. A thread of its own writes them,
// many at once; nobody else waits for the stream longer than a moment. Lines that find no room are
// dropped and counted. Lines of one thread stay in order. All functions may be called from any
// thread.
class LineWriter {
 public:
  struct Stream {
    // Takes whole lines with their ends, one call at a time, however long that takes; false where
    // they could not be written.
    std::function<bool(const std::string& lines)> write;
    // The line, without its end, that says how many were dropped since the last such line.
    std::function<std::string(std::uint64_t lines)> report_dropped;
  };

  explicit LineWriter(Stream stream);
  // As end(); then waits for the stream.
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  // Written with the next lines, at the latest after 200 ms.
  void add(std::string_view line);
  // Returns once all lines so far are written; sooner where the stream stands still.
  void flush();
  // Writes what is left as long as the stream takes some of it every second. What comes later is
  // dropped.
  void end();

  // How many lines were dropped so far.
  std::uint64_t dropped() const { return dropped_; }

  // Of the lines of one thread that wait.
  static constexpr std::size_t kMostWaitingBytes = 1 << 20;

 private:
  // The lines of one thread: a busy server's threads would otherwise wait for each other.
  struct Lines {
    std::mutex mutex;
    std::string text;
  };
  // Owned by a thread; no longer used once that thread's variables are gone.
  struct OwnLines;
  using Clock = std::chrono::steady_clock;

  std::shared_ptr<Lines> register_lines();
  void append(Lines& lines, std::string_view line);
  void start();
  void wake();
  void collect();
  void write_all();
  void run(const std::stop_token& stop);

  const Stream stream_;
  const std::uint64_t number_;  // tells writers apart, also those that are gone
  std::atomic<std::uint64_t> dropped_{0};
  std::uint64_t reported_ = 0;  // of dropped_; the writing thread's, as what follows
  std::string batch_;
  std::atomic<bool> ended_{false};

  std::mutex mutex_;  // guards what is below
  std::condition_variable_any changed_;
  std::vector<std::shared_ptr<Lines>> threads_;  // one that is held here alone has ended
  Lines late_;                                   // of threads whose variables are gone
  bool is_wanted_ = false;                       // someone waits, or much has come together
  bool has_no_thread_ = false;
  std::uint64_t begun_ = 0;  // rounds of collecting and writing
  std::uint64_t done_ = 0;
  Clock::time_point writing_since_;  // where begun_ > done_
  std::mutex writing_;               // one at a time, where there is no thread
  std::jthread writer_;              // starts with the first line
};

}  // namespace aml::log
