#include "base/date.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace aml {
namespace {

TEST(Date, ReadsAndWritesTheSameText) {
  EXPECT_EQ(Date::require("2024-02-29", "--processing-date").text(), "2024-02-29");
}

TEST(Date, KnowsWhichDaysExist) {
  EXPECT_TRUE(Date::parse("2024-02-29"));
  EXPECT_FALSE(Date::parse("2025-02-29"));
  EXPECT_FALSE(Date::parse("2025-13-01"));
  EXPECT_FALSE(Date::parse("2025-00-10"));
}

TEST(Date, RefusesEverythingButTenCharacters) {
  for (const char* text : {"", "latest", "2025-1-01", "2025/10/26", "2025-10-26 ", "+025-10-26"}) {
    EXPECT_FALSE(Date::parse(text)) << text;
  }
}

TEST(Date, NamesTheSettingThatIsNoDate) {
  try {
    Date::require("yesterday", "--processing-date");
    FAIL() << "accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::usage);
    EXPECT_STREQ(e.what(), "--processing-date must be a date like 2025-10-26, not \"yesterday\"");
  }
}

TEST(Date, CountsDaysAndMilliseconds) {
  const Date date = Date::require("2025-03-01", "date");
  EXPECT_EQ(date.plus_days(-1).text(), "2025-02-28");
  EXPECT_EQ(date.epoch_ms(), 1740787200000);
  EXPECT_EQ(utc_text(date.days() + std::chrono::milliseconds(61'005), true),
            "2025-03-01T00:01:01.005Z");
}

}  // namespace
}  // namespace aml
