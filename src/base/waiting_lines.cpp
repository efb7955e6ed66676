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
  flusher_ = {};
  flush();
}

WaitingLines::Lines& WaitingLines::own_lines() {
  thread_local std::shared_ptr<Lines> lines;
  thread_local const WaitingLines* owner = nullptr;
  if (owner != this) {
    lines = std::make_shared<Lines>();
    owner = this;
    const std::lock_guard lock(mutex_);
    threads_.push_back(lines);
    if (!flusher_.joinable()) {
      flusher_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    }
  }
  return *lines;
}

void WaitingLines::add(std::string_view line) {
  Lines& lines = own_lines();
  bool is_full = false;
  {
    const std::lock_guard lock(lines.mutex);
    lines.text += line;
    lines.text += '\n';
    is_full = lines.text.size() >= kFull;
  }
  if (is_full) flush();
}

void WaitingLines::flush() {
  // One at a time, so that lines keep their order; others go on adding meanwhile.
  const std::lock_guard writing(writing_);
  {
    const std::lock_guard lock(mutex_);
    for (const auto& lines : threads_) {
      const std::lock_guard lock_lines(lines->mutex);
      being_written_ += lines->text;
      lines->text.clear();
    }
    std::erase_if(threads_, [](const auto& lines) { return lines.use_count() == 1; });
  }
  if (!being_written_.empty()) write_(being_written_);
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
