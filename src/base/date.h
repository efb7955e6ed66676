#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aml {

// A processing date: a calendar day in UTC, written YYYY-MM-DD.
class Date {
 public:
  explicit Date(std::chrono::sys_days days) : days_(days) {}

  // Exactly YYYY-MM-DD and a day that exists, otherwise nothing.
  static std::optional<Date> parse(std::string_view text);
  // As parse, but Error{usage} that names `what` ("--processing-date") where the text is no date.
  static Date require(std::string_view text, std::string_view what);

  std::string text() const;
  std::chrono::sys_days days() const { return days_; }
  // Milliseconds since 1970-01-01T00:00Z of this day's first instant.
  std::int64_t epoch_ms() const;
  Date plus_days(int n) const { return Date(days_ + std::chrono::days(n)); }
  auto operator<=>(const Date&) const = default;

 private:
  std::chrono::sys_days days_;
};

// "2025-10-26T21:14:03Z", with ".120" before the Z where `milliseconds`.
std::string utc_text(std::chrono::system_clock::time_point time, bool milliseconds = false);
// The same of this moment.
std::string utc_now(bool milliseconds = false);

}  // namespace aml
