#include "base/line_writer.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace aml::log {

namespace {

constexpr std::size_t kMuch = 65'536;
constexpr std::chrono::milliseconds kLongest{200};
// A stream that takes longer than this stands still: nobody waits for it any more.
constexpr std::chrono::milliseconds kMoment{100};
constexpr std::chrono::seconds kLastPatience{1};
// For the writing thread to begin, which a busy machine may keep from running.
constexpr std::chrono::seconds kLongestFlush{5};

std::uint64_t next_number() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

struct LineWriter::OwnLines {
  std::shared_ptr<Lines> lines;
  std::uint64_t writer = 0;
  // Lines may still come from the destructors of the thread's other variables.
  static thread_local bool is_gone;
  ~OwnLines() { is_gone = true; }
};
thread_local bool LineWriter::OwnLines::is_gone = false;

LineWriter::LineWriter(Stream stream) : stream_(std::move(stream)), number_(next_number()) {}

LineWriter::~LineWriter() {
  end();
  writer_ = {};
}

std::shared_ptr<LineWriter::Lines> LineWriter::register_lines() {
  auto lines = std::make_shared<Lines>();
  const std::lock_guard lock(mutex_);
  threads_.push_back(lines);
  if (!writer_.joinable() && !has_no_thread_) start();
  return lines;
}

// REQUIRES: mutex_ is held.
void LineWriter::start() {
  try {
    writer_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  } catch (const std::system_error&) {
    has_no_thread_ = true;  // flush() writes
  }
}

void LineWriter::append(Lines& lines, std::string_view line) {
  bool is_much = false;
  {
    const std::lock_guard lock(lines.mutex);
    if (ended_ || lines.text.size() + line.size() >= kMostWaitingBytes) {
      ++dropped_;
      return;
    }
    const std::size_t before = lines.text.size();
    lines.text += line;
    lines.text += '\n';
    is_much = before < kMuch && lines.text.size() >= kMuch;
  }
  if (is_much) wake();
}

void LineWriter::wake() {
  std::unique_lock lock(mutex_);
  if (has_no_thread_) {
    lock.unlock();
    return flush();
  }
  is_wanted_ = true;
  changed_.notify_all();
}

void LineWriter::add(std::string_view line) {
  if (OwnLines::is_gone) return append(late_, line);
  thread_local OwnLines own;
  if (own.writer != number_) {
    own.lines = register_lines();
    own.writer = number_;
  }
  append(*own.lines, line);
}

void LineWriter::flush() {
  std::unique_lock lock(mutex_);
  if (has_no_thread_) {
    lock.unlock();
    const std::lock_guard writing(writing_);
    return write_all();
  }
  if (!writer_.joinable()) return;
  // A round that began before may have collected already what is meant.
  const std::uint64_t round = begun_ + 1;
  is_wanted_ = true;
  changed_.notify_all();
  const Clock::time_point give_up = Clock::now() + kLongestFlush;
  while (done_ < round) {
    const bool is_writing = begun_ > done_;
    const auto until = is_writing ? writing_since_ + kMoment : give_up;
    const std::uint64_t seen = begun_ + done_;
    if (!changed_.wait_until(lock, until, [&] { return begun_ + done_ != seen; })) return;
  }
}

// Takes what waits; of a thread that has ended, for the last time.
void LineWriter::collect() {
  batch_.clear();
  if (batch_.capacity() > kMostWaitingBytes) batch_.shrink_to_fit();
  const auto take = [&](Lines& lines) {
    const std::lock_guard lock(lines.mutex);
    batch_ += lines.text;
    lines.text.clear();
  };
  std::erase_if(threads_, [&](const std::shared_ptr<Lines>& lines) {
    // Asked before its lines are taken: whoever is gone by then adds none after it.
    const bool is_last = lines.use_count() == 1;
    take(*lines);
    return is_last;
  });
  take(late_);
}

void LineWriter::write_all() {
  {
    const std::lock_guard lock(mutex_);
    collect();
    ++begun_;
    writing_since_ = Clock::now();
    changed_.notify_all();
  }
  const auto lines = static_cast<std::uint64_t>(std::count(batch_.begin(), batch_.end(), '\n'));
  // The stream takes lines again, or for the first time: now it can be told.
  const std::uint64_t dropped = dropped_;
  if (dropped > reported_) batch_ += stream_.report_dropped(dropped - reported_) + "\n";
  if (!batch_.empty()) {
    if (stream_.write(batch_)) {
      reported_ = dropped;
    } else {
      dropped_ += lines;
    }
  }
  const std::lock_guard lock(mutex_);
  done_ = begun_;
  changed_.notify_all();
}

void LineWriter::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, kLongest, [this] { return is_wanted_; });
      is_wanted_ = false;
    }
    write_all();
  }
}

void LineWriter::end() {
  std::unique_lock lock(mutex_);
  if (has_no_thread_) {
    lock.unlock();
    flush();
  } else if (writer_.joinable()) {
    const std::uint64_t round = begun_ + 1;
    is_wanted_ = true;
    changed_.notify_all();
    while (done_ < round) {
      const std::uint64_t seen = done_;
      changed_.wait_for(lock, kLastPatience, [&] { return done_ != seen; });
      if (done_ == seen) break;
    }
  }
  ended_ = true;
}

}  // namespace aml::log
