#include "service/schedule.h"

#include <algorithm>
#include <iterator>

#include "base/error.h"
#include "base/last_day.h"

namespace aml::service {

namespace {

// What a day wants of its snapshot, and which that is.
struct Wish {
  Task task = Task::wait;
  std::string snapshot;
};

Wish wish_of(const DayState& day) {
  if (day.offered && day.published != day.offered && day.downloaded != day.offered) {
    return {Task::download, *day.offered};
  }
  // What was corrected and then withdrawn is served as it was.
  const std::optional<std::string>& wanted = day.offered ? day.offered : day.downloaded;
  if (wanted && day.published != wanted) return {Task::process, *wanted};
  return {};
}

}  // namespace

bool will_last(int code) {
  constexpr ErrorKind kPassing[] = {ErrorKind::unavailable, ErrorKind::denied, ErrorKind::no_space,
                                    ErrorKind::interrupted};
  return std::ranges::none_of(kPassing, [code](ErrorKind kind) { return exit_code(kind) == code; });
}

std::chrono::seconds pause_after(int failures, bool is_lasting) {
  constexpr std::chrono::seconds kFirst = std::chrono::minutes(1);
  const std::chrono::seconds longest =
      is_lasting ? std::chrono::days(1) : std::chrono::seconds(std::chrono::hours(1));
  constexpr int kDoublings = 11;  // beyond the longest
  return std::min(longest, kFirst * (1 << std::clamp(failures - 1, 0, kDoublings)));
}

Action next_action(const std::map<Date, DayState>& days, const std::map<Date, Failure>& failures,
                   Time now, const ScheduleRules& rules) {
  Action waiting;
  const auto after = days.upper_bound(last_day(now));
  if (after == days.begin()) return waiting;
  const Date newest = std::prev(after)->first;
  for (auto day = std::make_reverse_iterator(after); day != days.rend(); ++day) {
    if (day->first <= newest.plus_days(-rules.catch_up_days)) break;
    const Wish wish = wish_of(day->second);
    if (wish.task == Task::wait) continue;
    const auto failure = failures.find(day->first);
    if (failure != failures.end() && failure->second.snapshot == wish.snapshot &&
        now >= failure->second.last) {
      const Time due =
          failure->second.last + pause_after(failure->second.count, failure->second.is_lasting);
      if (now < due) {
        waiting.until = waiting.until ? std::min(*waiting.until, due) : due;
        continue;
      }
    }
    return {.task = wish.task, .date = day->first, .until = std::nullopt};
  }
  return waiting;
}

Date last_day(Time now) { return aml::last_day(now); }

Date newest_due(Time now, std::chrono::seconds late_after) {
  return Date(std::chrono::floor<std::chrono::days>(now - late_after));
}

}  // namespace aml::service
