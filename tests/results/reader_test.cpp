#include "results/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "example.h"

namespace aml::results {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> texts(const std::vector<Date>& dates) {
  std::vector<std::string> names;
  for (const Date date : dates) names.push_back(date.text());
  return names;
}

TEST(Reader, ReadsBackWhatTheWriterWrote) {
  const TemporaryFolder folder;
  const BatchContents batch = read_batch(publish(folder.path(), "2025-10-26", "2025-10-26"));
  ASSERT_EQ(batch.alerts.size(), 2U);
  EXPECT_EQ(batch.alerts[1].id, "b");
  EXPECT_EQ(batch.alerts[1].score, 0.75);
  EXPECT_EQ(batch.alerts[1].model_version, "1.0.0");
  EXPECT_EQ(batch.alerts[1].latency_ms, 0.5);
  EXPECT_EQ(batch.alerts[1].explain_json, "{\"x\":\"ü\"}");
  ASSERT_EQ(batch.ranking.size(), 2U);
  EXPECT_EQ(batch.ranking[0].alert_id, "b");
  EXPECT_EQ(batch.ranking[0].rank, 1);
  EXPECT_EQ(batch.ranking[0].score, 0.9);
  ASSERT_EQ(batch.clusters.size(), 1U);
  EXPECT_EQ(batch.clusters[0].id, "c");
  EXPECT_EQ(batch.metadata.network, "bitcoin");
}

TEST(Reader, ReadsABatchWithoutRows) {
  const TemporaryFolder folder;
  write_tables(folder.path(), {});
  EXPECT_TRUE(read_scored_alerts(folder.path()).empty());
  EXPECT_TRUE(read_ranked_alerts(folder.path()).empty());
  EXPECT_TRUE(read_scored_clusters(folder.path()).empty());
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

TEST(Reader, NamesTheFileThatIsMissingOrDamaged) {
  const TemporaryFolder folder;
  const auto batch = publish(folder.path(), "2025-10-26", "2025-10-26");
  const std::string bytes = read_file(batch / kAlertsScoredFile);
  std::ofstream(batch / kAlertsScoredFile) << bytes.substr(0, bytes.size() / 2);
  try {
    read_scored_alerts(batch);
    FAIL() << "half a file was read";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::bad_input);
    EXPECT_THAT(e.what(), ::testing::HasSubstr((batch / kAlertsScoredFile).string()));
  }
  std::filesystem::remove(batch / kAlertsScoredFile);
  EXPECT_THROW(read_scored_alerts(batch), Error);
}

}  // namespace
}  // namespace aml::results
