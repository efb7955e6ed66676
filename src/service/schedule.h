#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "base/date.h"

namespace aml::service {

using Time = std::chrono::sys_seconds;

struct ScheduleRules {
  int catch_up_days = 7;  // days that are looked at, back from the newest one
};

// One day as it stands. A text names what a snapshot is made of; another one is another snapshot.
struct DayState {
  std::optional<std::string> offered;     // in the SOT
  std::optional<std::string> downloaded;  // the input on disk
  std::optional<std::string> published;   // what the output on disk was made from
};

// That a day's snapshot could not be brought to its end.
struct Failure {
  std::string snapshot;  // which; another one is tried at once
  int count = 0;         // times in a row
  Time last;
  bool is_lasting = false;  // the last time: see will_last()
};

// Whether a stage that ended with this exit code will end so again as long as snapshot, settings
// and program are the same: not where a server, a permission or room on the disk was missing, or
// somebody stopped it.
bool will_last(int code);

enum class Task { download, process, wait };

// What to do now.
struct Action {
  Task task = Task::wait;
  Date date{std::chrono::sys_days{}};  // of a download or process
  std::optional<Time> until;  // of a wait: when a failed day is due again, where there is one
};

// The pause after so many failures in a row: 1 min, 2, 4, … and an hour at most, or a day where the
// failure will last.
std::chrono::seconds pause_after(int failures, bool is_lasting = false);

// The next thing to do: the newest day first that wants something and whose pause is over. A day
// that fails stands in no other one's way. A clock that was put back ends all pauses.
Action next_action(const std::map<Date, DayState>& days, const std::map<Date, Failure>& failures,
                   Time now, const ScheduleRules& rules);

// The last day that can have been: tomorrow, where clocks differ. Later ones are somebody's
// mistake.
Date last_day(Time now);

// The day that should be there by now: the newest that began `late_after` ago.
Date newest_due(Time now, std::chrono::seconds late_after);

}  // namespace aml::service
