#include "base/waiting_lines.h"

#include <chrono>
#include <condition_variable>
#include <utility>

namespace aml::log {

namespace {

constexpr std::size_t kFull = 65'536;
constexpr std::chrono::milliseconds kLongest{200};

}  // namespace

WaitingLines::WaitingLines(std::function<void(const std::string&)> write)
    : write_(std::move(write)) {}

WaitingLines::~WaitingLines() {
  thread_ = {};
  flush();
}

void WaitingLines::add(std::string_view line) {
  bool is_full = false;
  {
    const std::lock_guard lock(mutex_);
    if (!thread_.joinable()) {
      thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    }
    lines_ += line;
    lines_ += '\n';
    is_full = lines_.size() >= kFull;
  }
  if (is_full) flush();
}

void WaitingLines::flush() {
  // One at a time, so that lines keep their order; others go on adding meanwhile.
  const std::lock_guard writing(writing_);
  {
    const std::lock_guard lock(mutex_);
    if (lines_.empty()) return;
    std::swap(lines_, being_written_);
  }
  write_(being_written_);
  being_written_.clear();
}

void WaitingLines::run(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  while (!stop.stop_requested()) {
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, kLongest, [] { return false; });
    flush();
  }
}

}  // namespace aml::log
