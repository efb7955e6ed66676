#include "models/ground_truth.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../snapshot/scratch_snapshot.h"
#include "base/database.h"
#include "base/error.h"
#include "example.h"

namespace aml::models {
namespace {

using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

// Writes the rows of an SQL query as a Parquet file.
std::filesystem::path parquet(const TemporaryFolder& folder, const std::string& query) {
  const std::filesystem::path path = folder.path() / "file.parquet";
  Database database({.threads = 1});
  database.connect().run(
      fmt::format("COPY ({}) TO {} (FORMAT parquet)", query, sql_text(path.string())));
  return path;
}

std::string complaint(const TemporaryFolder& folder, const std::string& query) {
  try {
    read_ground_truth(parquet(folder, query));
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::bad_input);
    return e.what();
  }
  return "";
}

TEST(GroundTruth, ReadsBooleansIntegersAndTheOtherName) {
  const TemporaryFolder folder;
  const auto expected = UnorderedElementsAre(Pair("a", 1), Pair("b", 0));
  for (const char* query :
       {"SELECT * FROM (VALUES ('a', true), ('b', false)) t(alert_id, is_sar_filed)",
        "SELECT * FROM (VALUES ('a', 1), ('b', 0)) t(alert_id, label)",
        "SELECT * FROM (VALUES ('a', 1.0::DOUBLE), ('b', 0)) t(alert_id, label)",
        "SELECT * FROM (VALUES ('a', '1'), ('b', '0')) t(alert_id, label)"}) {
    EXPECT_THAT(read_ground_truth(parquet(folder, query)), expected) << query;
  }
}

TEST(GroundTruth, LeavesOutRowsWithoutALabel) {
  const TemporaryFolder folder;
  EXPECT_THAT(
      read_ground_truth(parquet(
          folder, "SELECT * FROM (VALUES ('a', 1), ('b', NULL)) t(alert_id, is_sar_filed)")),
      UnorderedElementsAre(Pair("a", 1)));
}

TEST(GroundTruth, ReadsOfHowManyAlertsALabelSpeaks) {
  const TemporaryFolder folder;
  const auto weights = [&](const std::string& rows) {
    return read_label_weights(
        parquet(folder, "SELECT * FROM (VALUES " + rows + ") t(alert_id, label, weight)"));
  };
  EXPECT_THAT(weights("('a', 1, 20.0), ('b', 0, NULL)"), UnorderedElementsAre(Pair("a", 20)));
  EXPECT_TRUE(read_label_weights(parquet(folder, "SELECT 'a' AS alert_id, 1 AS label")).empty());
  for (const char* wrong : {"0", "-1", "1000001", "'nan'::DOUBLE", "'much'"}) {
    EXPECT_THROW(weights(fmt::format("('a', 1, {})", wrong)), Error) << wrong;
  }
}

TEST(GroundTruth, NamesTheColumnThatIsMissingOrWrong) {
  const TemporaryFolder folder;
  EXPECT_THAT(complaint(folder, "SELECT 'a' AS alert_id"), HasSubstr("is_sar_filed"));
  EXPECT_THAT(complaint(folder, "SELECT 1 AS is_sar_filed"), HasSubstr("alert_id"));
  EXPECT_THAT(complaint(folder, "SELECT 'a' AS alert_id, 2 AS label"), HasSubstr("alert a"));
  EXPECT_THAT(complaint(folder, "SELECT 'a' AS alert_id, unnest([0, 1]) AS label"),
              HasSubstr("contradict"));
}

TEST(GroundTruth, IsFoundUnderANameInAnotherCase) {
  const TemporaryFolder folder;
  EXPECT_THAT(read_ground_truth(parquet(folder, "SELECT 'a' AS ALERT_ID, true AS Is_Sar_Filed")),
              UnorderedElementsAre(Pair("a", 1)));
}

TEST(GroundTruth, OfTooManyRowsIsRefused) {
  const TemporaryFolder folder;
  const auto path = parquet(folder, "SELECT i::VARCHAR AS alert_id, 1 AS label FROM range(9) t(i)");
  EXPECT_EQ(read_ground_truth(path, 9).size(), 9U);
  EXPECT_THROW(read_ground_truth(path, 8), Error);
}

TEST(GroundTruth, CallsAClusterPositiveWhereAnyOfItsAlertsIs) {
  const snapshot::ScratchSnapshot scratch;
  scratch.write_alerts("('a', 'p'), ('b', 'q')");
  scratch.write_features("('p', 1)");
  scratch.write("clusters.parquet",
                "SELECT 7 AS window_days, DATE '2025-10-26' AS processing_date, * FROM "
                "(VALUES ('x', ['a', 'b'], 1), ('y', ['b', 'unknown'], 1), ('z', ['unknown'], 1), "
                "('y', ['a'], 0)) t(cluster_id, related_alert_ids, _version)");
  EXPECT_THAT(cluster_labels(*scratch.open(), {{"a", 1}, {"b", 0}}),
              UnorderedElementsAre(Pair("x", 1), Pair("y", 0)));
  std::filesystem::remove(scratch.path("clusters.parquet"));
  EXPECT_TRUE(cluster_labels(*scratch.open(), {{"a", 1}}).empty());
}

}  // namespace
}  // namespace aml::models
