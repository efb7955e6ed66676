#include "base/date.h"

#include <fmt/format.h>

#include "base/error.h"

namespace aml {

namespace {

// The number that `digits` spells, or nothing where a character is no digit.
std::optional<int> number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace

std::optional<Date> Date::parse(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = number(text.substr(0, 4));
  const auto month = number(text.substr(5, 2));
  const auto day = number(text.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return Date(std::chrono::sys_days(date));
}

Date Date::require(std::string_view text, std::string_view what) {
  if (const std::optional<Date> date = parse(text)) return *date;
  throw Error(ErrorKind::usage,
              fmt::format("{} must be a date like 2025-10-26, not \"{}\"", what, text));
}

std::string Date::text() const {
  const std::chrono::year_month_day date{days_};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::int64_t Date::epoch_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(days_.time_since_epoch()).count();
}

std::string utc_text(std::chrono::system_clock::time_point time, bool milliseconds) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(ms);
  const std::chrono::hh_mm_ss clock{ms - day};
  std::string text = fmt::format("{}T{:02}:{:02}:{:02}", Date(day).text(), clock.hours().count(),
                                 clock.minutes().count(), clock.seconds().count());
  if (milliseconds) text += fmt::format(".{:03}", clock.subseconds().count());
  return text + "Z";
}

std::string utc_now(bool milliseconds) {
  return utc_text(std::chrono::system_clock::now(), milliseconds);
}

}  // namespace aml
