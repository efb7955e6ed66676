#include "base/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/log.h"

namespace aml {

namespace {

constexpr std::int64_t kDrawEveryMs = 100;

std::string amount_text(double amount, Progress::Unit unit) {
  const bool bytes = unit == Progress::Unit::bytes;
  constexpr const char* kSuffixes[] = {"", "k", "M", "G", "T"};
  std::size_t step = 0;
  while (amount >= 1000 && step + 1 < std::size(kSuffixes)) {
    amount /= 1000;
    ++step;
  }
  const char* digits = step == 0 || amount >= 100 ? "{:.0f}{}{}" : "{:.1f}{}{}";
  return fmt::format(fmt::runtime(digits), amount, kSuffixes[step], bytes ? "B" : "");
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::min(seconds, 359999.0));
  if (whole < 60) return fmt::format("{}s", whole);
  if (whole < 3600) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
  return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
}

}  // namespace

std::string progress_line(std::string_view what, double share, std::string_view rate,
                          std::string_view left) {
  constexpr std::size_t kLongestName = 16;
  constexpr std::size_t kLeastBar = 4;
  const std::string begin(what.substr(0, kLongestName));
  std::string end = fmt::format(" {:3.0f}% {}/s {} left", share * 100, rate, left);
  const std::size_t taken = begin.size() + 3 + end.size();  // with a space and the brackets
  const std::size_t width =
      taken + kLeastBar < kProgressColumns ? kProgressColumns - taken - 1 : kLeastBar;
  const auto filled =
      static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(width));
  return fmt::format("{} [{:=<{}}{: <{}}]{}", begin, "", filled, "", width - filled, end)
      .substr(0, kProgressColumns - 1);
}

Progress::Progress(std::string what, std::uint64_t total, Unit unit)
    : what_(std::move(what)),
      total_(total),
      unit_(unit),
      shown_(log::is_interactive()),
      start_(std::chrono::steady_clock::now()) {}

Progress::~Progress() {
  if (!shown_) return;
  const std::lock_guard lock(drawing_);
  std::fputs("\r\x1b[K", stderr);
}

void Progress::add(std::uint64_t amount) {
  done_.fetch_add(amount, std::memory_order_relaxed);
  if (!shown_) return;
  const std::int64_t now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                                  std::chrono::steady_clock::now() - start_)
                                  .count();
  std::int64_t due = next_draw_ms_.load(std::memory_order_relaxed);
  if (now_ms < due || !next_draw_ms_.compare_exchange_strong(due, now_ms + kDrawEveryMs)) return;
  draw();
}

void Progress::draw() {
  const std::lock_guard lock(drawing_);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const std::uint64_t done = this->done();
  const double share =
      total_ == 0 ? 1.0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  const double left = rate > 0 && total_ > done ? static_cast<double>(total_ - done) / rate : 0;
  const std::string line =
      progress_line(what_, share, amount_text(rate, unit_), duration_text(left));
  std::fputs(("\r\x1b[K" + line).c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace aml
