#include <fmt/format.h>
#include <gmock/gmock.h>

#include <memory>

#include "scratch_snapshot.h"

namespace aml::snapshot {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

// Snapshots of two alerts, one address each, with features for the first.
class Tables : public ::testing::Test {
 protected:
  void SetUp() override {
    scratch_.write_alerts("('x1', 'a'), ('x2', 'b')");
    scratch_.write_features("('a', 3), ('c', 4)");
  }

  // Makes all tables anew.
  void make() {
    snapshot_ = scratch_.open();
    snapshot_->make_all();
  }
  const std::vector<std::string>& warnings() { return snapshot_->findings().warnings; }
  // The one value of a query over the tables, as text.
  std::string ask(const std::string& query) {
    return snapshot_->connection().query_text(query).value_or("NULL");
  }
  // A column of the features of an alert's address.
  std::string feature(const std::string& alert_id, const std::string& column) {
    return ask("SELECT f." + column +
               " FROM alerts a JOIN features f ON f.subject_id = a.subject_id " +
               "WHERE a.alert_id = '" + alert_id + "'");
  }

  ScratchSnapshot scratch_;
  std::unique_ptr<Snapshot> snapshot_;
};

TEST_F(Tables, ScoresAnAlertWhoseAddressHasNoFeatures) {
  make();
  EXPECT_EQ(ask("SELECT count(*) FROM alerts"), "2");
  EXPECT_EQ(feature("x2", "degree_in"), "NULL");
  EXPECT_THAT(warnings(), Contains(HasSubstr("1 alerts have no row")));
}

TEST_F(Tables, NamesAMissingKeyColumn) {
  scratch_.write("alerts.parquet", "SELECT 'x' AS alert_id, 'a' AS address, 7 AS window_days");
  EXPECT_THAT(scratch_.refusal(), AllOf(HasSubstr("alerts.parquet"), HasSubstr("processing_date")));
  SetUp();
  scratch_.write("features.parquet", "SELECT 'a' AS address, DATE '2025-10-26' AS processing_date");
  EXPECT_THAT(scratch_.refusal(), AllOf(HasSubstr("features.parquet"), HasSubstr("window_days")));
  SetUp();
  scratch_.write("clusters.parquet",
                 "SELECT 7 AS window_days, DATE '2025-10-26' AS processing_date");
  EXPECT_THAT(scratch_.refusal(), AllOf(HasSubstr("clusters.parquet"), HasSubstr("cluster_id")));
}

TEST_F(Tables, NamesAnEmptyKey) {
  scratch_.write_alerts("('x1', 'a'), (NULL, 'b')");
  EXPECT_THAT(scratch_.refusal(), AllOf(HasSubstr("alert_id"), HasSubstr("1 rows")));
}

TEST_F(Tables, NamesAWrongType) {
  scratch_.write_alerts("('x1', 'a')", ", 'much' AS volume_usd");
  EXPECT_THAT(scratch_.refusal(),
              AllOf(HasSubstr("alerts.parquet"), HasSubstr("volume_usd"), HasSubstr("VARCHAR")));
  scratch_.write_alerts("('x1', 'a')", ", {'a': 1} AS severity");
  EXPECT_THAT(scratch_.refusal(), HasSubstr("severity is of type STRUCT"));
}

TEST_F(Tables, TakesAnAllNullColumnOfAnyType) {
  scratch_.write_alerts("('x1', 'a')", ", CAST(NULL AS INTEGER) AS severity");
  make();
  EXPECT_EQ(ask("SELECT typeof(severity) FROM alerts"), "VARCHAR");
}

TEST_F(Tables, NamesADamagedFile) {
  const std::string whole = read_file(scratch_.path("features.parquet"));
  write_file_atomically(scratch_.path("features.parquet"), whole.substr(0, whole.size() / 2));
  EXPECT_THAT(scratch_.refusal(),
              AllOf(HasSubstr("cannot read"), HasSubstr("features.parquet as Parquet")));
  write_file_atomically(scratch_.path("features.parquet"), "");
  EXPECT_THAT(scratch_.refusal(),
              AllOf(HasSubstr("cannot read"), HasSubstr("features.parquet as Parquet")));
  SetUp();
  write_file_atomically(scratch_.path("money_flows.parquet"), "no Parquet at all, but long enough");
  EXPECT_THAT(scratch_.refusal(), HasSubstr("money_flows.parquet as Parquet"));
}

TEST_F(Tables, NamesAMissingFile) {
  std::filesystem::remove(scratch_.path("features.parquet"));
  EXPECT_THAT(scratch_.refusal(ErrorKind::not_found), HasSubstr("features.parquet"));
  std::filesystem::remove(scratch_.path("alerts.parquet"));
  EXPECT_THAT(scratch_.refusal(ErrorKind::not_found), HasSubstr("alerts.parquet"));
}

TEST_F(Tables, KeepsTheHighestVersionWhateverTheOrder) {
  for (const char* order : {"ASC", "DESC"}) {
    scratch_.write(
        "features.parquet",
        std::string("SELECT 7 AS window_days, DATE '2025-10-26' AS processing_date, 'a' AS "
                    "address, i AS degree_in, CAST(i % 3 AS UBIGINT) AS _version FROM "
                    "range(9) t(i) ORDER BY i ") +
            order);
    make();
    // Versions 2 are those of 2, 5 and 8; of equals the smallest content stays.
    EXPECT_EQ(feature("x1", "degree_in"), "2");
    EXPECT_THAT(warnings(), Contains(HasSubstr("8 rows repeat the address")));
  }
}

TEST_F(Tables, KeepsTwoWindowsOfOneAddressApart) {
  scratch_.write(
      "alerts.parquet",
      "SELECT * FROM (VALUES (7, DATE '2025-10-26', 'x1', 'a'), "
      "(30, DATE '2025-10-26', 'x2', 'a')) v(window_days, processing_date, alert_id, address)");
  scratch_.write("features.parquet",
                 "SELECT * FROM (VALUES (7, '2025-10-26', 'a', 1), (30, '2025-10-26', 'a', 2), "
                 "(30, '2025-10-25', 'a', 3)) v(window_days, processing_date, address, degree_in)");
  make();
  EXPECT_EQ(feature("x1", "degree_in"), "1");
  EXPECT_EQ(feature("x2", "degree_in"), "2");
  EXPECT_EQ(ask("SELECT count(DISTINCT subject_id) FROM alerts"), "2");
}

TEST_F(Tables, ReadsDatesAsTextTimestampsAndDays) {
  for (const char* date :
       {"'2025-10-26'", "'2025-10-26T00:00:00Z'", "TIMESTAMP '2025-10-26 00:00:00'",
        "TIMESTAMPTZ '2025-10-26 00:00:00+00'", "CAST(20387 AS USMALLINT)"}) {
    scratch_.write("features.parquet", std::string("SELECT 7 AS window_days, ") + date +
                                           " AS processing_date, 'a' AS address, 5 AS degree_in");
    make();
    EXPECT_EQ(feature("x1", "degree_in"), "5") << date;
  }
  scratch_.write("alerts.parquet",
                 "SELECT 7 AS window_days, 'yesterday' AS processing_date, 'x' AS "
                 "alert_id, 'a' AS address");
  EXPECT_THAT(scratch_.refusal(), HasSubstr("processing_date is empty or no date"));
}

TEST_F(Tables, ReadsHistogramsAsListsAndAsText) {
  for (const char* hours : {"[0, 3, 1]", "'[0, 3, 1]'", "CAST([0, 3, 1] AS USMALLINT[])"}) {
    scratch_.write_features("('a', 3)", std::string(", ") + hours +
                                            " AS hourly_activity, NULL AS "
                                            "daily_activity");
    make();
    EXPECT_EQ(feature("x1", "hour_01"), "3.0") << hours;
    EXPECT_EQ(feature("x1", "day_0"), "NULL");
  }
}

TEST_F(Tables, TurnsNanAndInfinityIntoMissing) {
  scratch_.write_alerts("('x1', 'a'), ('x2', 'b')",
                        ", CASE alert_id WHEN 'x1' THEN 'nan' ELSE 'inf' END::FLOAT AS "
                        "alert_confidence_score");
  make();
  EXPECT_EQ(ask("SELECT count(alert_confidence_score) FROM alerts"), "0");
}

TEST_F(Tables, LeavesWhatIsMissingMissing) {
  scratch_.write_alerts("('x1', 'a')");
  for (const char* type : {"DECIMAL(38,18)", "DECIMAL(9,2)", "DOUBLE", "BIGINT", "UINTEGER"}) {
    scratch_.write("features.parquet",
                   fmt::format("SELECT 7 AS window_days, DATE '2025-10-26' AS processing_date, "
                               "address, CAST(n AS {0}) AS degree_in, CAST(n AS {0}) AS "
                               "total_in_usd FROM (VALUES ('a', NULL), ('b', 1)) v(address, n)",
                               type));
    make();
    EXPECT_EQ(feature("x1", "degree_in"), "NULL") << type;
    EXPECT_EQ(feature("x1", "total_in_usd"), "NULL") << type;
  }
}

TEST_F(Tables, TakesFlowsOfTheWindowAlone) {
  scratch_.write("money_flows.parquet",
                 "SELECT 'a' AS source_address, 'c' AS dest_address, 10.5 AS amount_usd, "
                 "epoch_ms(t) AS timestamp FROM (VALUES (TIMESTAMP '2025-10-18 23:59:59'), "
                 "(TIMESTAMP '2025-10-19 00:00:00'), (TIMESTAMP '2025-10-26 23:59:59'), "
                 "(TIMESTAMP '2025-10-27 00:00:00'), (NULL)) v(t)");
  make();
  EXPECT_EQ(ask("SELECT count(*) FROM flows WHERE is_incoming = 0 AND counterparty = 'c'"), "2");
  EXPECT_EQ(ask("SELECT sum(amount_usd) FROM flows"), "21.0000");
}

TEST_F(Tables, LeavesOutWhatNoMoneyFollowsFrom) {
  scratch_.write("money_flows.parquet",
                 "SELECT s AS source_address, d AS dest_address, amount AS amount_usd, 'h' || i AS "
                 "tx_hash, epoch_ms(TIMESTAMP '2025-10-25 10:00:00') AS timestamp FROM (VALUES "
                 "('a', 'c', 10, 1), ('a', 'c', 10, 1), ('a', 'c', 10, 2), ('a', 'a', 10, 3), "
                 "('a', 'c', -5, 4), ('a', NULL, 10, 5), ('a', 'c', 0, 6), ('a', 'c', NULL, 7)) "
                 "v(s, d, amount, i)");
  make();
  EXPECT_EQ(ask("SELECT count(*) FROM flows"), "4") << "two of 10 USD, two of unknown worth";
  EXPECT_EQ(ask("SELECT sum(amount_usd) FROM flows"), "20.0000");
  EXPECT_EQ(ask("SELECT count(single_amount_usd) FROM flows"), "2");
}

TEST_F(Tables, SumsUpWhatSubjectsPaidEachOther) {
  scratch_.write_alerts("('x1', 'a'), ('x2', 'b'), ('x3', 'c')");
  scratch_.write("money_flows.parquet",
                 "SELECT s AS source_address, d AS dest_address, amount AS amount_usd, "
                 "epoch_ms(TIMESTAMP '2025-10-25 10:00:00') + i AS timestamp FROM (VALUES "
                 "('a', 'b', 10, 1), ('a', 'b', 0, 2), ('a', 'b', 20.5, 3), ('a', 'z', 7, 4), "
                 "('b', 'a', 0, 5), ('b', 'c', 1, 6)) v(s, d, amount, i)");
  make();
  const std::string pair =
      " FROM subject_flows f JOIN subjects p ON p.subject_id = f.payer_subject_id JOIN subjects q "
      "ON q.subject_id = f.payee_subject_id WHERE p.address = ";
  EXPECT_EQ(ask("SELECT count(*) FROM subject_flows"), "3");
  EXPECT_EQ(ask("SELECT transfers || ' ' || amount_usd" + pair + "'a' AND q.address = 'b'"),
            "3 30.5000");
  EXPECT_EQ(ask("SELECT transfers || ' ' || coalesce(CAST(amount_usd AS VARCHAR), 'unknown')" +
                pair + "'b' AND q.address = 'a'"),
            "1 unknown");
}

TEST_F(Tables, AcceptsFlowsByPair) {
  scratch_.write(
      "money_flows.parquet",
      "SELECT 'a' AS from_address, d AS to_address, n AS tx_count, 100.0 AS amount_usd_sum, "
      "epoch_ms(TIMESTAMP '2025-10-25 10:00:00') AS first_seen_timestamp, "
      "epoch_ms(TIMESTAMP '2025-10-25 13:00:00') AS last_seen_timestamp "
      "FROM (VALUES ('c', 4), ('d', 1)) v(d, n)");
  make();
  EXPECT_EQ(ask("SELECT sum(transfers) FROM flows"), "5");
  EXPECT_EQ(ask("SELECT sum(amount_usd) FROM flows"), "200.0000");
  EXPECT_EQ(ask("SELECT single_amount_usd FROM flows WHERE counterparty = 'c'"), "NULL");
  EXPECT_EQ(ask("SELECT max(last_second) - min(first_second) FROM flows"), "10800");
}

TEST_F(Tables, ReadsEvidenceThatIsJsonAndLeavesOtherTextAlone) {
  scratch_.write_alerts("('x1', 'a'), ('x2', 'b')",
                        ", CASE alert_id WHEN 'x1' THEN '{\"hops\": 4, \"tx_count\": \"7\", "
                        "\"pattern_matches\": [1, 2]}' ELSE 'see attachment' END AS evidence_json");
  make();
  const std::string of_x1 = " FROM alerts WHERE alert_id = 'x1'";
  EXPECT_EQ(ask("SELECT evidence_hops" + of_x1), "4.0");
  EXPECT_EQ(ask("SELECT evidence_tx_count" + of_x1), "7.0");
  EXPECT_EQ(ask("SELECT evidence_patterns" + of_x1), "2");
  EXPECT_EQ(ask("SELECT evidence_hops FROM alerts WHERE alert_id = 'x2'"), "NULL");
}

}  // namespace
}  // namespace aml::snapshot
