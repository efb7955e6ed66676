#include "results/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "example.h"

namespace aml::results {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> texts(const std::vector<Date>& dates) {
  std::vector<std::string> names;
  for (const Date date : dates) names.push_back(date.text());
  return names;
}

TEST(Reader, ListsWholeBatchesNewestFirstAndNothingElse) {
  const TemporaryFolder folder;
  publish(folder.path(), "2025-10-25", "2025-10-25");
  publish(folder.path(), "2025-10-26", "2025-10-26");
  publish(folder.path(), "2025-10-27", "2025-10-20");           // another day's
  publish(folder.path(), ".2025-10-28.staging", "2025-10-28");  // being written
  publish(folder.path(), "backup", "2025-10-28");
  std::filesystem::remove(publish(folder.path(), "2025-10-29", "2025-10-29") / kAlertsRankedFile);
  std::ofstream(publish(folder.path(), "2025-10-30", "2025-10-30") / kMetadataFile) << "{}";
  std::ofstream(folder.path() / "2025-10-31") << "a file";
  EXPECT_THAT(texts(batch_dates(folder.path())), ElementsAre("2025-10-26", "2025-10-25"));
  EXPECT_TRUE(batch_dates(folder.path() / "nowhere").empty());
}

TEST(Reader, MetadataFarTooLongIsNotRead) {
  const TemporaryFolder folder;
  const auto batch = publish(folder.path(), "2025-10-26", "2025-10-26");
  EXPECT_EQ(read_metadata(batch).network, "bitcoin");
  std::ofstream(batch / kMetadataFile, std::ios::app) << std::string(kMostMetadataBytes, ' ');
  EXPECT_THROW(read_metadata(batch), Error);
  EXPECT_FALSE(batch_date(batch));
}

}  // namespace
}  // namespace aml::results
