// address_flows of slices of time, beside that of the whole.
#include "snapshot/flow_slices.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "scratch_snapshot.h"
#include "snapshot/flow_parts.h"

namespace aml::snapshot {
namespace {

using ::testing::HasSubstr;

// 6,000 transfers over 32 days between 60 addresses of which n1 is a service for two days, some of
// no time, no amount, or twice; each two have one transaction and one time.
constexpr const char* kTransfers =
    "SELECT CASE WHEN i % 9 < 2 THEN 'n1' ELSE 'n' || (hash(i) % 60) END AS source_address, 'n' || "
    "(hash(i + 100000) % 60) AS dest_address, CASE WHEN i % 31 > 0 THEN CAST(CASE WHEN i % 3 = 0 "
    "THEN 9000 ELSE hash(i + 200000) % 20000 / 4 END AS DECIMAL(18, 4)) END AS amount_usd, CASE "
    "WHEN i % 97 > 0 THEN CAST(epoch_ms(TIMESTAMP '2025-09-25') + CASE WHEN i % 9 < 2 THEN "
    "1080000000 + hash(i + 300000) % 172800000 ELSE hash(i // 2 + 300000) % 2764800000 END AS "
    "BIGINT) END AS timestamp, 't' || (i // 2) AS tx_hash FROM (SELECT i FROM range(6000) t(i) "
    "UNION ALL SELECT i FROM range(50) t(i)) u(i)";

class FlowSlicesTest : public ::testing::Test {
 protected:
  // Two windows: subjects of 27 days and of 12.
  void SetUp() override {
    scratch_.write("alerts.parquet",
                   "SELECT 'a' || i AS alert_id, 'n' || (i % 50) AS address, CASE WHEN i % 3 = 0 "
                   "THEN 12 ELSE 27 END AS window_days, DATE '2025-10-26' AS processing_date FROM "
                   "range(90) v(i)");
    scratch_.write_features("('n1', 3), ('n2', 4), ('n9', 1), ('n4', 1)",
                            ", degree_in AS degree_total");
    scratch_.write("money_flows.parquet", kTransfers);
  }

  // Slices of so many days, in a folder of their own.
  std::filesystem::path cut(int days, const ColumnNames& wanted = std::nullopt) const {
    const std::filesystem::path folder = scratch_.path().parent_path() / fmt::format("s{}", days);
    const std::vector<FlowSlice> slices = flow_slices(*scratch_.open(), days);
    EXPECT_FALSE(slices.empty());
    for (const FlowSlice& slice : slices) {
      std::filesystem::create_directories(folder / slice.first.text());
      write_flow_slice(*scratch_.open(1), slice, wanted, folder / slice.first.text());
    }
    return folder;
  }

  static std::string rows_of(Snapshot& snapshot) {
    return snapshot.connection()
        .query_text(
            "SELECT string_agg(CAST(g AS VARCHAR), '|' ORDER BY subject_id) FROM "
            "address_flows g")
        .value();
  }

  std::string refusal(const std::filesystem::path& folder) const {
    try {
      make_address_flows_of_parts(*scratch_.open(), std::nullopt, {.slices = folder});
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::bad_input) << error.what();
      return error.what();
    }
    return "accepted";
  }

  ScratchSnapshot scratch_;
};

TEST_F(FlowSlicesTest, AddUpToTheBitsOfTheWhole) {
  const auto whole = scratch_.open();
  whole->make_address_flows(std::nullopt);
  const std::string wanted = rows_of(*whole);
  EXPECT_GT(whole->findings().flow_counts.at("service_transfers"), 100);
  EXPECT_GT(whole->connection().query_int("SELECT sum(cycles_3 + relays + chains_begun) FROM "
                                          "address_flows"),
            100);
  for (const int days : {1, 7, 100}) {
    const auto sliced = scratch_.open();
    make_address_flows_of_parts(*sliced, std::nullopt, {.slices = cut(days)});
    EXPECT_EQ(rows_of(*sliced), wanted) << days;
    EXPECT_EQ(sliced->findings().flow_counts, whole->findings().flow_counts) << days;
  }
}

TEST_F(FlowSlicesTest, AreOfTheFamiliesOfWhichAColumnIsWanted) {
  const ColumnNames wanted = std::set<std::string>{"in_usd", "relays"};
  const auto whole = scratch_.open();
  whole->make_address_flows(wanted);
  const auto sliced = scratch_.open();
  const std::filesystem::path folder = cut(30, wanted);
  make_address_flows_of_parts(*sliced, wanted, {.slices = folder});
  EXPECT_EQ(rows_of(*sliced), rows_of(*whole));
  EXPECT_THAT(refusal(folder), HasSubstr("address_flows.parquet")) << "which lacks the others";
}

TEST_F(FlowSlicesTest, AreRefusedWhereOneIsMissing) {
  const std::filesystem::path folder = cut(7);
  std::filesystem::remove_all(folder / "2025-10-06");
  EXPECT_THAT(refusal(folder), HasSubstr("the slice of 2025-10-13 does not follow"));
  std::filesystem::remove_all(folder);
  cut(7);
  std::filesystem::remove_all(folder / "2025-10-20");
  EXPECT_THAT(refusal(folder), HasSubstr("there is no slice of 2025-10-20"));
  std::filesystem::create_directories(folder / "other");
  EXPECT_THAT(refusal(folder), HasSubstr("named after their first day"));
}

TEST_F(FlowSlicesTest, OfOtherTransfersAreRefused) {
  const std::filesystem::path folder = cut(30);
  scratch_.write("money_flows.parquet", std::string(kTransfers) + " LIMIT 5000");
  EXPECT_THAT(refusal(folder), HasSubstr("where the snapshot has 5000"));
}

TEST_F(FlowSlicesTest, AreNoneOfPairs) {
  scratch_.write("money_flows.parquet",
                 "SELECT 'n1' AS source_address, 'n2' AS dest_address, 3 AS tx_count, "
                 "CAST(100 AS DECIMAL(18, 4)) AS amount_usd_sum");
  EXPECT_TRUE(flow_slices(*scratch_.open(), 1).empty());
  std::filesystem::remove(scratch_.path("money_flows.parquet"));
  EXPECT_TRUE(flow_slices(*scratch_.open(), 1).empty());
}

TEST_F(FlowSlicesTest, AreAThousandAtTheMost) {
  scratch_.write("alerts.parquet",
                 "SELECT 'a' AS alert_id, 'n1' AS address, 2000 AS window_days, DATE '2025-10-26' "
                 "AS processing_date");
  EXPECT_EQ(flow_slices(*scratch_.open(), 3).size(), 667u);
  try {
    flow_slices(*scratch_.open(), 2);
    FAIL() << "more than a thousand";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("ask for longer ones"));
  }
}

}  // namespace
}  // namespace aml::snapshot
