#include "service/schedule.h"

#include <gtest/gtest.h>

namespace aml::service {
namespace {

using namespace std::chrono_literals;

const Date kFirst(std::chrono::year(2025) / 1 / 1);

Time at(Date date, std::chrono::seconds later = 0s) { return Time(date.days()) + later; }

TEST(Schedule, PausesGrowToAnHour) {
  EXPECT_EQ(pause_after(1), 1min);
  EXPECT_EQ(pause_after(2), 2min);
  EXPECT_EQ(pause_after(6), 32min);
  EXPECT_EQ(pause_after(7), 1h);
  EXPECT_EQ(pause_after(1'000'000), 1h);
}

TEST(Schedule, PausesGrowToADayWhereAFailureWillLast) {
  EXPECT_EQ(pause_after(1, true), 1min);
  EXPECT_EQ(pause_after(7, true), 64min);
  EXPECT_EQ(pause_after(11, true), 1024min);
  EXPECT_EQ(pause_after(12, true), 24h);
  EXPECT_EQ(pause_after(1'000'000, true), 24h);
  // A damaged file, a setting, a model, memory, a refusal of `check`, a crash.
  for (const int code : {1, 2, 3, 4, 8, 10, 137, 139}) EXPECT_TRUE(will_last(code)) << code;
  // A server, a permission, the disk, a stop.
  for (const int code : {5, 6, 7, 130}) EXPECT_FALSE(will_last(code)) << code;
}

// Each try of a day costs what a day costs: of a month in which it fails in the same way, few.
TEST(Schedule, ADayThatCannotBeDoneIsTriedSeldom) {
  std::map<Date, DayState> days{{kFirst, {"a", "a", std::nullopt}}};
  std::map<Date, Failure> failures;
  int tries = 0;
  for (Time now = at(kFirst); now < at(kFirst.plus_days(30)); now += 5min) {
    if (next_action(days, failures, now, {}).task == Task::wait) continue;
    failures[kFirst] = {"a", ++tries, now, /*is_lasting=*/true};
  }
  EXPECT_GT(tries, 30);
  EXPECT_LT(tries, 45);
}

TEST(Schedule, TakesTheNewestFirstAndFinishesIt) {
  std::map<Date, DayState> days;
  for (int i = 0; i < 10; ++i) days[kFirst.plus_days(i)].offered = "a";
  const ScheduleRules rules{.catch_up_days = 3};
  std::string order;
  for (Action action;
       (action = next_action(days, {}, at(kFirst.plus_days(9)), rules)).task != Task::wait;) {
    DayState& day = days.at(action.date);
    order += action.date.text().substr(8) + (action.task == Task::download ? "d " : "p ");
    (action.task == Task::download ? day.downloaded : day.published) = day.offered;
  }
  EXPECT_EQ(order, "10d 10p 09d 09p 08d 08p ");
}

// A folder in the SOT, or a clock: whatever is wrong, the days that have been are done.
TEST(Schedule, ADayThatHasNotBeenYetHidesNoOther) {
  std::map<Date, DayState> days;
  days[kFirst].offered = "a";
  days[kFirst.plus_days(1)].offered = "b";
  days[kFirst.plus_days(4000)].offered = "c";
  Action action = next_action(days, {}, at(kFirst, 23h), {.catch_up_days = 3});
  EXPECT_EQ(action.date, kFirst.plus_days(1)) << "clocks differ by a day at the most";
  days[action.date].published = "b";
  action = next_action(days, {}, at(kFirst, 23h), {.catch_up_days = 3});
  EXPECT_EQ(action.date, kFirst);
  days[kFirst].published = "a";
  EXPECT_EQ(next_action(days, {}, at(kFirst, 23h), {.catch_up_days = 3}).task, Task::wait);
  EXPECT_EQ(next_action({{kFirst.plus_days(2), {"a", {}, {}}}}, {}, at(kFirst), {}).task,
            Task::wait);
}

TEST(Schedule, AFailedDayStandsInNoOnesWay) {
  std::map<Date, DayState> days;
  days[kFirst].offered = "a";
  days[kFirst.plus_days(1)].offered = "b";
  const Time now = at(kFirst.plus_days(1));
  std::map<Date, Failure> failures{{kFirst.plus_days(1), {"b", 2, now}}};
  EXPECT_EQ(next_action(days, failures, now + 1s, {}).date, kFirst);
  days[kFirst].published = "a";
  const Action waiting = next_action(days, failures, now + 1s, {});
  EXPECT_EQ(waiting.task, Task::wait);
  EXPECT_EQ(waiting.until, now + 2min);
  EXPECT_EQ(next_action(days, failures, now + 2min, {}).task, Task::download);
  // Another snapshot of the day, or a clock that was put back, ends the pause.
  EXPECT_EQ(next_action(days, failures, now - 1h, {}).task, Task::download);
  days[kFirst.plus_days(1)].offered = "c";
  EXPECT_EQ(next_action(days, failures, now + 1s, {}).task, Task::download);
}

TEST(Schedule, ACorrectedDayIsMadeAgainAndAKnownOneIsNot) {
  std::map<Date, DayState> days{{kFirst, {"b", "a", "a"}}};
  EXPECT_EQ(next_action(days, {}, at(kFirst), {}).task, Task::download);
  days[kFirst].downloaded = "b";
  EXPECT_EQ(next_action(days, {}, at(kFirst), {}).task, Task::process);
  days[kFirst].published = "b";
  EXPECT_EQ(next_action(days, {}, at(kFirst), {}).task, Task::wait);
  days[kFirst].downloaded.reset();  // retention took it
  EXPECT_EQ(next_action(days, {}, at(kFirst), {}).task, Task::wait);
}

TEST(Schedule, WhatIsOnDiskIsProcessedWithoutTheSot) {
  std::map<Date, DayState> days{{kFirst, {std::nullopt, "a", std::nullopt}}};
  EXPECT_EQ(next_action(days, {}, at(kFirst), {}).task, Task::process);
}

TEST(Schedule, ADayIsDueAfterItsBeginning) {
  EXPECT_EQ(newest_due(at(kFirst, 30h), 30h), kFirst);
  EXPECT_EQ(newest_due(at(kFirst, 30h - 1s), 30h), kFirst.plus_days(-1));
}

// A year in which snapshots come late, fail for a while, are corrected, or never come; a clock that
// moves on by what each stage takes. Every good day is published soon after it can be.
TEST(Schedule, AYearLeavesNoGoodDayBehind) {
  constexpr int kDays = 365;
  const auto is_missing = [](int i) { return i % 41 == 40; };
  const auto comes = [](int i) { return at(kFirst.plus_days(i), i % 13 == 5 ? 40h : 21h); };
  const auto mended = [&](int i) { return comes(i) + (i % 17 == 3 ? 7h : 0s); };
  const auto corrected = [&](int i) { return comes(i) + 60h; };
  std::map<Date, DayState> days;
  std::map<Date, Failure> failures;
  std::map<int, Time> published;
  std::map<int, int> tries;
  for (Time now = at(kFirst); now < at(kFirst.plus_days(kDays + 4));) {
    for (int i = 0; i < kDays; ++i) {
      if (is_missing(i) || now < comes(i)) continue;
      days[kFirst.plus_days(i)].offered = i % 29 == 7 && now >= corrected(i) ? "new" : "old";
    }
    const Action action = next_action(days, failures, now, {.catch_up_days = 7});
    if (action.task == Task::wait) {
      now += 5min;
      continue;
    }
    now += 10min;
    const int i = static_cast<int>((action.date.days() - kFirst.days()).count());
    DayState& day = days.at(action.date);
    if (action.task == Task::download) {
      day.downloaded = day.offered;
    } else if (++tries[i]; now >= mended(i)) {
      day.published = day.downloaded;
      published.try_emplace(i, now);
      failures.erase(action.date);
    } else {
      Failure& failure = failures[action.date];
      failure = {*day.offered, failure.count + 1, now};
    }
  }
  for (int i = 0; i < kDays; ++i) {
    if (is_missing(i)) continue;
    ASSERT_TRUE(published.contains(i)) << i;
    EXPECT_LE(published[i] - mended(i), i % 17 == 3 ? 2h : 1h) << i;
    EXPECT_EQ(days.at(kFirst.plus_days(i)).published, i % 29 == 7 ? "new" : "old") << i;
    EXPECT_LE(tries[i], 20) << i;
  }
}

}  // namespace
}  // namespace aml::service
