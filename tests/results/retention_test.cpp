#include "results/retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "example.h"

namespace aml::results {
namespace {

namespace fs = std::filesystem;

Date day(const char* text) { return *Date::parse(text); }

TEST(Retention, RemovesBatchesOlderThanTheNewestByMoreThanTheDays) {
  const TemporaryFolder folder;
  for (const char* date : {"2025-01-01", "2025-01-09", "2025-01-10", "2025-01-20"}) {
    publish(folder.path(), date, date);
  }
  EXPECT_THAT(remove_old_batches(folder.path(), 10, day("2025-01-20")),
              ::testing::ElementsAre(day("2025-01-09"), day("2025-01-01")));
  EXPECT_TRUE(fs::exists(folder.path() / "2025-01-10"));
  EXPECT_TRUE(fs::exists(folder.path() / "2025-01-20"));
  EXPECT_FALSE(fs::exists(folder.path() / "2025-01-09"));
}

TEST(Retention, NeverRemovesWhatIsNoBatchOfOurs) {
  const TemporaryFolder folder;
  publish(folder.path(), "2025-10-20", "2025-10-20");
  publish(folder.path(), "old", "2024-01-01");
  publish(folder.path(), "2024-01-02", "2024-01-03");
  fs::create_directories(folder.path() / "2024-01-04");
  std::ofstream(folder.path() / "2024-01-04" / "notes.txt") << "mine";
  std::ofstream(publish(folder.path(), "2024-01-05", "2024-01-05") / kMetadataFile)
      << R"({"program":"another","processing_date":"2024-01-05"})";
  const fs::path elsewhere = publish(folder.path() / "elsewhere", "2024-01-06", "2024-01-06");
  fs::create_directory_symlink(elsewhere, folder.path() / "2024-01-06");
  EXPECT_TRUE(remove_old_batches(folder.path(), 1, day("2025-10-20")).empty());
  for (const char* name : {"old", "2024-01-02", "2024-01-04", "2024-01-05", "2024-01-06"}) {
    EXPECT_TRUE(fs::exists(folder.path() / name)) << name;
  }
}

TEST(Retention, KeepsTheNewestAndTheOneJustWritten) {
  const TemporaryFolder folder;
  publish(folder.path(), "2024-01-01", "2024-01-01");
  EXPECT_TRUE(remove_old_batches(folder.path(), 1, day("2024-01-01")).empty());
  publish(folder.path(), "2025-01-01", "2025-01-01");
  EXPECT_TRUE(remove_old_batches(folder.path(), 1, day("2024-01-01")).empty());
}

TEST(Retention, ABatchOfADayThatHasNotBeenMakesNoOtherOld) {
  const TemporaryFolder folder;
  for (const char* date : {"2024-01-01", "2025-01-01", "2999-01-01"}) {
    publish(folder.path(), date, date);
  }
  EXPECT_THAT(remove_old_batches(folder.path(), 90, day("2025-01-01")),
              ::testing::ElementsAre(day("2024-01-01")));
  EXPECT_TRUE(fs::exists(folder.path() / "2999-01-01"));
}

TEST(Retention, OfZeroDaysRemovesNothing) {
  const TemporaryFolder folder;
  publish(folder.path(), "2020-01-01", "2020-01-01");
  publish(folder.path(), "2025-01-01", "2025-01-01");
  EXPECT_TRUE(remove_old_batches(folder.path(), 0, day("2025-01-01")).empty());
}

TEST(Retention, ClearsWhatAKilledProcessWasRemoving) {
  const TemporaryFolder folder;
  publish(folder.path(), "2025-01-01", "2025-01-01");
  publish(folder.path(), ".2020-01-01.expired", "2020-01-01");
  publish(folder.path(), ".mine.expired", "2020-01-01");
  remove_old_batches(folder.path(), 90, day("2025-01-01"));
  EXPECT_FALSE(fs::exists(folder.path() / ".2020-01-01.expired"));
  EXPECT_TRUE(fs::exists(folder.path() / ".mine.expired"));
}

}  // namespace
}  // namespace aml::results
