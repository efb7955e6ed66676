#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace aml {

// Columns of the narrowest terminal that a bar fits.
inline constexpr std::size_t kProgressColumns = 50;

// A bar as it is drawn, in kProgressColumns: what is done, the share of it, what goes through in a
// second ("1.2MB"), and the time left ("3m05s").
std::string progress_line(std::string_view what, double share, std::string_view rate,
                          std::string_view left);

// A progress bar on standard error with rate and time left, drawn only where log::is_interactive().
//   Progress progress("download", total_bytes, Progress::Unit::bytes);
//   progress.add(n);            // from any thread
// The bar is wiped when the object goes.
class Progress {
 public:
  enum class Unit { items, bytes };
  Progress(std::string what, std::uint64_t total, Unit unit);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void add(std::uint64_t amount);
  std::uint64_t done() const { return done_.load(std::memory_order_relaxed); }

 private:
  void draw();

  std::string what_;
  std::uint64_t total_;
  Unit unit_;
  bool shown_;
  std::chrono::steady_clock::time_point start_;
  std::atomic<std::uint64_t> done_{0};
  std::atomic<std::int64_t> next_draw_ms_{0};
  std::mutex drawing_;
};

}  // namespace aml
