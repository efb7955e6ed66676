// Rows that must not be in a snapshot, and days without any.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "scratch_snapshot.h"

namespace aml::snapshot {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

class Rows : public ::testing::Test {
 protected:
  void SetUp() override {
    scratch_.write_alerts("('x1', 'a'), ('x2', 'b')");
    scratch_.write_features("('a', 3), ('b', 4)");
    scratch_.write_meta();
  }
  ScratchSnapshot scratch_;
};

TEST_F(Rows, OfAnotherDayAreRefusedInEachFile) {
  const std::string day = "DATE '2025-10-26' - CAST(i AS INTEGER) AS processing_date";
  scratch_.write("alerts.parquet",
                 "SELECT 7 AS window_days, 'x' || i AS alert_id, 'a' AS address, " + day +
                     " FROM range(3) t(i)");
  EXPECT_THAT(scratch_.refusal(),
              AllOf(HasSubstr("alerts.parquet"), HasSubstr("processing_date is 2025-10-24"),
                    HasSubstr("in 2 rows"), HasSubstr("META.json says 2025-10-26")));
  SetUp();
  scratch_.write("features.parquet",
                 "SELECT 7 AS window_days, 'q' || i AS address, " + day + " FROM range(3) t(i)");
  EXPECT_THAT(scratch_.refusal(), AllOf(HasSubstr("features.parquet"), HasSubstr("in 2 rows")));
  SetUp();
  scratch_.write("clusters.parquet",
                 "SELECT 7 AS window_days, 'k' || i AS cluster_id, " + day + " FROM range(3) t(i)");
  EXPECT_THAT(scratch_.refusal(), AllOf(HasSubstr("clusters.parquet"), HasSubstr("in 2 rows")));
}

TEST_F(Rows, OfMidnightInAnotherTimeZoneAreOfAnotherDay) {
  for (const char* date :
       {"TIMESTAMPTZ '2025-10-26 00:00:00+02'", "20251026", "'2025-10-25T22:00:00Z'",
        "TIMESTAMP '2025-10-25 22:00:00'", "TIMESTAMPTZ '2025-10-26 00:00:00-05'",
        "TIMESTAMP '2025-10-26 05:00:00'"}) {
    scratch_.write("alerts.parquet", fmt::format("SELECT 7 AS window_days, 'x' AS alert_id, 'a' AS "
                                                 "address, {} AS processing_date",
                                                 date));
    EXPECT_THAT(scratch_.refusal(), AllOf(HasSubstr("processing_date"), HasSubstr("2025-10-26")))
        << date;
  }
}

TEST_F(Rows, OfAnotherNetworkAreRefused) {
  scratch_.write_alerts("('x1', 'a'), ('x2', 'b')", ", 'Bitcoin' AS network");
  scratch_.write("money_flows.parquet",
                 "SELECT 'a' AS source_address, 'b' AS dest_address, 1.0 AS amount_usd, 0 AS "
                 "timestamp, CASE i WHEN 4 THEN 'ethereum' WHEN 5 THEN NULL ELSE 'bitcoin' END AS "
                 "network FROM range(6) t(i)");
  EXPECT_THAT(scratch_.refusal(),
              AllOf(HasSubstr("money_flows.parquet"), HasSubstr("network is ethereum in 1 rows"),
                    HasSubstr("META.json says bitcoin")));
}

TEST_F(Rows, OfAnotherWindowAreWelcome) {
  scratch_.write("alerts.parquet",
                 "SELECT w AS window_days, DATE '2025-10-26' AS processing_date, 'x' || w AS "
                 "alert_id, 'a' AS address FROM (VALUES (7), (30)) t(w)");
  const auto snapshot = scratch_.open();
  snapshot->make_all();
  EXPECT_EQ(snapshot->connection().query_int("SELECT count(*) FROM alerts"), 2);
}

TEST_F(Rows, WithoutAKeyAreRefusedInFeaturesToo) {
  scratch_.write_features("('a', 3), (NULL, 4)");
  EXPECT_THAT(scratch_.refusal(),
              AllOf(HasSubstr("features.parquet"), HasSubstr("address"), HasSubstr("1 rows")));
}

// What pandas and polars make of an empty table has no types.
TEST_F(Rows, MayBeNoneInColumnsWithoutTypes) {
  const auto untyped = [](const std::vector<Column>& columns) {
    std::string list;
    for (const Column& column : columns) {
      list += fmt::format("{}NULL::INTEGER AS {}", list.empty() ? "" : ", ", column.name);
    }
    return fmt::format("SELECT {} LIMIT 0", list);
  };
  scratch_.write("alerts.parquet", untyped(alert_columns()));
  scratch_.write("features.parquet", untyped(feature_columns()));
  scratch_.write("clusters.parquet", untyped(cluster_columns()));
  scratch_.write("money_flows.parquet", untyped(transfer_columns()));
  for (const bool has_meta : {true, false}) {
    if (!has_meta) std::filesystem::remove(scratch_.path("META.json"));
    const auto snapshot = scratch_.open();
    snapshot->make_all();
    EXPECT_EQ(snapshot->connection().query_int("SELECT count(*) FROM alerts"), 0);
    EXPECT_EQ(snapshot->connection().query_int("SELECT count(*) FROM flows"), 0);
  }
}

TEST_F(Rows, OfWhichThereAreTooManyAreRefusedUnread) {
  Snapshot snapshot({.directory = scratch_.path(), .threads = 1, .max_rows = 1});
  try {
    snapshot.make_all();
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::bad_input);
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("alerts.parquet has 2 rows"), HasSubstr("--max-rows")));
  }
}

TEST_F(Rows, ThatTakeTooMuchMemoryAreNotToBlame) {
  scratch_.write_alerts("('x1', 'a')");
  scratch_.write("alerts.parquet",
                 "SELECT 7 AS window_days, DATE '2025-10-26' AS processing_date, 'x' || i AS "
                 "alert_id, md5(i::VARCHAR) AS address, repeat(md5(i::VARCHAR), 20) AS description "
                 "FROM range(100000) t(i)");
  Snapshot snapshot({.directory = scratch_.path(), .threads = 1, .memory_limit = "40MB"});
  try {
    snapshot.make_all();
    FAIL() << "fits into 40 MB";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::out_of_memory);
    EXPECT_THAT(error.what(), HasSubstr("--memory-limit"));
    EXPECT_THAT(error.what(), ::testing::Not(HasSubstr("export")));
  }
}

}  // namespace
}  // namespace aml::snapshot
