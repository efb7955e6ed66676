#include "service/retention.h"

#include <gtest/gtest.h>

namespace aml::service {
namespace {

const Date kToday(std::chrono::year(2025) / 10 / 26);

std::vector<Stored> last_days(int count, std::uint64_t bytes) {
  std::vector<Stored> stored;
  for (int i = 0; i < count; ++i) stored.push_back({kToday.plus_days(-i), bytes});
  return stored;
}

TEST(Retention, NothingGoesWithoutABound) {
  EXPECT_TRUE(to_remove(last_days(500, 1000), {}, kToday, std::nullopt).empty());
  EXPECT_TRUE(to_remove({}, {1, 1}, kToday, std::nullopt).empty());
}

TEST(Retention, OldDaysGoOldestFirst) {
  const auto gone = to_remove(last_days(100, 1), {.days = 97}, kToday, std::nullopt);
  ASSERT_EQ(gone.size(), 2U);
  EXPECT_EQ(gone[0].date, kToday.plus_days(-99));
  EXPECT_EQ(gone[1].date, kToday.plus_days(-98));
  EXPECT_FALSE(gone[1].is_needed);
}

TEST(Retention, WhoseTruthIsToComeGoLastAndAreNamed) {
  const auto gone = to_remove(last_days(100, 10), {.days = 0, .bytes = 400}, kToday, std::nullopt);
  ASSERT_EQ(gone.size(), 60U);
  for (std::size_t i = 0; i < gone.size(); ++i) {
    EXPECT_EQ(gone[i].is_needed, i >= 55) << i;  // 45 days back
  }
}

TEST(Retention, ThoseThatATrainingWillReadGoLast) {
  const Date today = kToday.plus_days(200);
  const Date wanted = kToday.plus_days(-9);
  const auto gone =
      to_remove(last_days(10, 10), {.days = 0, .bytes = 10}, today, std::nullopt, {wanted});
  ASSERT_EQ(gone.size(), 9U);
  EXPECT_EQ(gone.back().date, wanted);
  for (const Removal& removal : gone) EXPECT_EQ(removal.is_needed, removal.date == wanted);
}

TEST(Retention, TheNewestAndTheNewestGoodOneStay) {
  const Date good = kToday.plus_days(-9);
  const auto gone = to_remove(last_days(10, 1000), {.days = 1, .bytes = 1}, kToday, good);
  ASSERT_EQ(gone.size(), 8U);
  for (const Removal& removal : gone) {
    EXPECT_NE(removal.date, good);
    EXPECT_NE(removal.date, kToday);
  }
}

TEST(Retention, DaysThatHaveNotBeenAreNoMeasure) {
  const Date future(std::chrono::year(2099) / 1 / 1);
  std::vector<Stored> stored = last_days(10, 10);
  stored.push_back({future, 1000});
  EXPECT_TRUE(to_remove(stored, {.days = 60, .bytes = 100}, kToday, kToday).empty());

  const auto gone = to_remove(stored, {.days = 8}, kToday, kToday);
  ASSERT_EQ(gone.size(), 1U);
  EXPECT_EQ(gone[0].date, kToday.plus_days(-9));
}

TEST(Retention, TomorrowIsADayWhereClocksDiffer) {
  std::vector<Stored> stored = last_days(3, 1);
  stored.push_back({kToday.plus_days(1), 1});
  const auto gone = to_remove(stored, {.days = 2}, kToday, std::nullopt);
  ASSERT_EQ(gone.size(), 1U);
  EXPECT_EQ(gone[0].date, kToday.plus_days(-2));
}

}  // namespace
}  // namespace aml::service
