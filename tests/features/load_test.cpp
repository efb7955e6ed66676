#include "snapshot/load.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <memory>
#include <optional>

#include "base/hash.h"
#include "scratch_snapshot.h"

namespace aml::features {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsNan;

// Snapshots of two alerts, one address each, with features for the first.
class Load : public ::testing::Test {
 protected:
  void SetUp() override {
    snapshot_.write_alerts("('x1', 'a'), ('x2', 'b')");
    snapshot_.write_features("('a', 3), ('c', 4)");
  }

  // Runs the load step alone.
  void load() {
    database_ = std::make_unique<Database>(DatabaseOptions{.threads = 2});
    connection_.emplace(database_->connect());
    loaded_ = snapshot::LoadedSnapshot{};
    snapshot::load_snapshot(*connection_, snapshot_.path(), loaded_);
  }
  // The one value of a query over the loaded tables, as text.
  std::string ask(const std::string& query) {
    return connection_->query_text(query).value_or("NULL");
  }
  // A column of the features loaded for an alert.
  std::string feature(const std::string& alert_id, const std::string& column) {
    return ask("SELECT f." + column +
               " FROM alerts a JOIN features f ON f.subject_id = a.subject_id " +
               "WHERE a.alert_id = '" + alert_id + "'");
  }

  ScratchSnapshot snapshot_;
  std::unique_ptr<Database> database_;
  std::optional<Connection> connection_;
  snapshot::LoadedSnapshot loaded_;
};

std::string digest(const SnapshotFeatures& features) {
  Hasher hasher(HashKind::sha256);
  for (const FeatureMatrix* matrix : {&features.alerts, &features.clusters}) {
    for (const std::string& id : matrix->ids) {
      hasher.update(id);
    }
    for (const std::vector<double>& column : matrix->columns) {
      hasher.update({reinterpret_cast<const char*>(column.data()), column.size() * sizeof(double)});
    }
  }
  return hasher.finish();
}

TEST_F(Load, GivesOneRowPerAlertInOrderOfId) {
  const SnapshotFeatures features = snapshot_.build();
  EXPECT_THAT(features.alerts.ids, ElementsAre("x1", "x2"));
  EXPECT_EQ(features.processing_date, "2025-10-26");
  EXPECT_EQ(features.window_days, 7);
  EXPECT_EQ(features.input_rows.at("alerts"), 2);
  EXPECT_EQ(features.input_rows.at("features"), 2);
  EXPECT_EQ(value(features.alerts, "x1", "degree_in"), 3);
}

TEST_F(Load, ScoresAnAlertWhoseAddressHasNoFeatures) {
  load();
  EXPECT_EQ(ask("SELECT count(*) FROM alerts"), "2");
  EXPECT_EQ(feature("x2", "degree_in"), "NULL");
  EXPECT_THAT(loaded_.warnings, Contains(HasSubstr("1 alerts have no row")));
}

TEST_F(Load, WarnsOfMissingClustersAndMoneyFlows) {
  const SnapshotFeatures features = snapshot_.build();
  EXPECT_EQ(features.clusters.rows(), 0U);
  EXPECT_FALSE(features.clusters.names.empty());
  EXPECT_THAT(value(features.alerts, "x1", "flow_in_count"), IsNan());
  EXPECT_THAT(features.warnings, Contains(HasSubstr("clusters.parquet is missing")));
  EXPECT_THAT(features.warnings, Contains(HasSubstr("money_flows.parquet is missing")));
}

TEST_F(Load, AcceptsADayWithoutAlerts) {
  snapshot_.write("alerts.parquet",
                  "SELECT 'x' AS alert_id, 'a' AS address, 7 AS window_days, "
                  "DATE '2025-10-26' AS processing_date LIMIT 0");
  const SnapshotFeatures features = snapshot_.build();
  EXPECT_EQ(features.alerts.rows(), 0U);
  EXPECT_GT(features.alerts.names.size(), 150U);
}

TEST_F(Load, NamesAMissingKeyColumn) {
  snapshot_.write("alerts.parquet", "SELECT 'x' AS alert_id, 'a' AS address, 7 AS window_days");
  EXPECT_THAT(snapshot_.refusal(ErrorKind::bad_input),
              AllOf(HasSubstr("alerts.parquet"), HasSubstr("processing_date")));
  SetUp();
  snapshot_.write("features.parquet",
                  "SELECT 'a' AS address, DATE '2025-10-26' AS processing_date");
  EXPECT_THAT(snapshot_.refusal(ErrorKind::bad_input),
              AllOf(HasSubstr("features.parquet"), HasSubstr("window_days")));
  SetUp();
  snapshot_.write("clusters.parquet",
                  "SELECT 7 AS window_days, DATE '2025-10-26' AS processing_date");
  EXPECT_THAT(snapshot_.refusal(ErrorKind::bad_input),
              AllOf(HasSubstr("clusters.parquet"), HasSubstr("cluster_id")));
}

TEST_F(Load, NamesAnEmptyKey) {
  snapshot_.write_alerts("('x1', 'a'), (NULL, 'b')");
  EXPECT_THAT(snapshot_.refusal(ErrorKind::bad_input),
              AllOf(HasSubstr("alert_id"), HasSubstr("1 rows")));
}

TEST_F(Load, NamesAWrongType) {
  snapshot_.write_alerts("('x1', 'a')", ", 'much' AS volume_usd");
  EXPECT_THAT(snapshot_.refusal(ErrorKind::bad_input),
              AllOf(HasSubstr("alerts.parquet"), HasSubstr("volume_usd"), HasSubstr("VARCHAR")));
  snapshot_.write_alerts("('x1', 'a')", ", {'a': 1} AS severity");
  EXPECT_THAT(snapshot_.refusal(ErrorKind::bad_input), HasSubstr("severity is of type STRUCT"));
}

TEST_F(Load, TakesAnAllNullColumnOfAnyType) {
  snapshot_.write_alerts("('x1', 'a')", ", CAST(NULL AS INTEGER) AS severity");
  load();
  EXPECT_EQ(ask("SELECT typeof(severity) FROM alerts"), "VARCHAR");
}

TEST_F(Load, NamesADamagedFile) {
  const std::string whole = read_file(snapshot_.path("features.parquet"));
  write_file_atomically(snapshot_.path("features.parquet"), whole.substr(0, whole.size() / 2));
  EXPECT_THAT(snapshot_.refusal(ErrorKind::bad_input),
              HasSubstr("features.parquet cannot be read"));
  write_file_atomically(snapshot_.path("features.parquet"), "");
  EXPECT_THAT(snapshot_.refusal(ErrorKind::bad_input),
              HasSubstr("features.parquet cannot be read"));
  SetUp();
  write_file_atomically(snapshot_.path("money_flows.parquet"),
                        "no Parquet at all, but long enough");
  EXPECT_THAT(snapshot_.refusal(ErrorKind::bad_input), HasSubstr("money_flows.parquet cannot"));
}

TEST_F(Load, NamesAMissingFile) {
  std::filesystem::remove(snapshot_.path("features.parquet"));
  EXPECT_THAT(snapshot_.refusal(ErrorKind::not_found), HasSubstr("features.parquet"));
  std::filesystem::remove(snapshot_.path("alerts.parquet"));
  EXPECT_THAT(snapshot_.refusal(ErrorKind::not_found), HasSubstr("alerts.parquet"));
}

TEST_F(Load, RefusesAFileThatMetaDoesNotDescribe) {
  write_file_atomically(snapshot_.path("META.json"),
                        R"({"network":"n","processing_date":"2025-10-26","window_days":7,
                            "files":{"alerts.parquet":{"md5":"00000000000000000000000000000000"}}})");
  EXPECT_THAT(snapshot_.refusal(ErrorKind::bad_input),
              AllOf(HasSubstr("alerts.parquet is damaged or changed"), HasSubstr("md5")));
}

TEST_F(Load, KeepsTheHighestVersionWhateverTheOrder) {
  for (const char* order : {"ASC", "DESC"}) {
    snapshot_.write(
        "features.parquet",
        std::string("SELECT 7 AS window_days, DATE '2025-10-26' AS processing_date, 'a' AS "
                    "address, i AS degree_in, CAST(i % 3 AS UBIGINT) AS _version FROM "
                    "range(9) t(i) ORDER BY i ") +
            order);
    load();
    // Versions 2 are those of 2, 5 and 8; of equals the smallest content stays.
    EXPECT_EQ(feature("x1", "degree_in"), "2");
    EXPECT_THAT(loaded_.warnings, Contains(HasSubstr("8 rows repeat the address")));
  }
}

TEST_F(Load, PrefersTheSnapshotsWindowOfADoubledAlert) {
  snapshot_.write(
      "alerts.parquet",
      "SELECT w AS window_days, DATE '2025-10-26' AS processing_date, 'x1' AS alert_id, "
      "'a' AS address, w AS volume_usd, w AS _version FROM (VALUES (7), (30)) v(w)");
  write_file_atomically(snapshot_.path("META.json"), R"({"network":"n","window_days":7})");
  const SnapshotFeatures features = snapshot_.build();
  EXPECT_THAT(features.alerts.ids, ElementsAre("x1"));
  EXPECT_EQ(value(features.alerts, "x1", "alert_volume_usd"), 7);
  EXPECT_THAT(features.warnings,
              Contains(AllOf(HasSubstr("1 rows repeat the alert_id"), HasSubstr("window 7"))));
}

TEST_F(Load, KeepsTwoWindowsOfOneAddressApart) {
  snapshot_.write(
      "alerts.parquet",
      "SELECT * FROM (VALUES (7, DATE '2025-10-26', 'x1', 'a'), "
      "(30, DATE '2025-10-26', 'x2', 'a')) v(window_days, processing_date, alert_id, address)");
  snapshot_.write(
      "features.parquet",
      "SELECT * FROM (VALUES (7, '2025-10-26', 'a', 1), (30, '2025-10-26', 'a', 2), "
      "(30, '2025-10-25', 'a', 3)) v(window_days, processing_date, address, degree_in)");
  load();
  EXPECT_EQ(feature("x1", "degree_in"), "1");
  EXPECT_EQ(feature("x2", "degree_in"), "2");
  EXPECT_EQ(ask("SELECT count(DISTINCT subject_id) FROM alerts"), "2");
}

TEST_F(Load, ReadsDatesAsTextTimestampsAndDays) {
  for (const char* date :
       {"'2025-10-26'", "'2025-10-26T00:00:00Z'", "TIMESTAMP '2025-10-26 00:00:00'",
        "TIMESTAMPTZ '2025-10-26 00:00:00+00'", "CAST(20387 AS USMALLINT)"}) {
    snapshot_.write("features.parquet", std::string("SELECT 7 AS window_days, ") + date +
                                            " AS processing_date, 'a' AS address, 5 AS degree_in");
    load();
    EXPECT_EQ(feature("x1", "degree_in"), "5") << date;
  }
  snapshot_.write("alerts.parquet",
                  "SELECT 7 AS window_days, 'yesterday' AS processing_date, 'x' AS "
                  "alert_id, 'a' AS address");
  EXPECT_THAT(snapshot_.refusal(ErrorKind::bad_input),
              HasSubstr("processing_date is empty or no date"));
}

TEST_F(Load, ReadsHistogramsAsListsAndAsText) {
  for (const char* hours : {"[0, 3, 1]", "'[0, 3, 1]'", "CAST([0, 3, 1] AS USMALLINT[])"}) {
    snapshot_.write_features("('a', 3)", std::string(", ") + hours +
                                             " AS hourly_activity, NULL AS "
                                             "daily_activity");
    load();
    EXPECT_EQ(feature("x1", "hour_01"), "3.0") << hours;
    EXPECT_EQ(feature("x1", "day_0"), "NULL");
  }
}

TEST_F(Load, TurnsNanAndInfinityIntoMissing) {
  snapshot_.write_alerts("('x1', 'a'), ('x2', 'b')",
                         ", CASE alert_id WHEN 'x1' THEN 'nan' ELSE 'inf' END::FLOAT AS "
                         "alert_confidence_score");
  load();
  EXPECT_EQ(ask("SELECT count(alert_confidence_score) FROM alerts"), "0");
}

TEST_F(Load, LeavesWhatIsMissingMissing) {
  snapshot_.write_alerts("('x1', 'a')");
  for (const char* type : {"DECIMAL(38,18)", "DECIMAL(9,2)", "DOUBLE", "BIGINT", "UINTEGER"}) {
    snapshot_.write("features.parquet",
                    fmt::format("SELECT 7 AS window_days, DATE '2025-10-26' AS processing_date, "
                                "address, CAST(n AS {0}) AS degree_in, CAST(n AS {0}) AS "
                                "total_in_usd FROM (VALUES ('a', NULL), ('b', 1)) v(address, n)",
                                type));
    load();
    EXPECT_EQ(feature("x1", "degree_in"), "NULL") << type;
    EXPECT_EQ(feature("x1", "total_in_usd"), "NULL") << type;
  }
}

TEST_F(Load, BoundsAbsurdAmounts) {
  snapshot_.write_alerts("('x1', 'a'), ('x2', 'b')", ", 1e30 AS volume_usd");
  snapshot_.write_features("('a', 3)",
                           ", -1e300 AS net_flow_usd, 18446744073709551615::UBIGINT AS kcore, "
                           "1e200 AS pagerank");
  snapshot_.write(
      "clusters.parquet",
      "SELECT 'k' AS cluster_id, 7 AS window_days, DATE '2025-10-26' AS processing_date, "
      "['x1', 'x2'] AS related_alert_ids, ['a', 'b'] AS addresses_involved, "
      "99999999999999999999999999999999999999::DECIMAL(38,0) AS total_volume_usd");
  snapshot_.write("money_flows.parquet",
                  "SELECT 'a' AS source_address, 'b' AS dest_address, 1e25 AS amount_usd, "
                  "epoch_ms(TIMESTAMP '2025-10-25 10:00:00') AS timestamp FROM range(5000)");
  const SnapshotFeatures features = snapshot_.build();
  EXPECT_EQ(value(features.alerts, "x1", "alert_volume_usd"), 1e15);
  EXPECT_EQ(value(features.alerts, "x1", "net_flow_usd"), -1e15);
  EXPECT_EQ(value(features.alerts, "x1", "kcore"), 9007199254740992.0);
  EXPECT_EQ(value(features.alerts, "x1", "flow_out_mean_usd"), 1e11);
  EXPECT_EQ(value(features.alerts, "x1", "flow_out_stddev_usd"), 0);
  EXPECT_EQ(value(features.clusters, "k", "alert_volume_usd"), 2e15);
}

TEST_F(Load, TakesFlowsOfTheWindowAlone) {
  snapshot_.write("money_flows.parquet",
                  "SELECT 'a' AS source_address, 'c' AS dest_address, 10.5 AS amount_usd, "
                  "epoch_ms(t) AS timestamp FROM (VALUES (TIMESTAMP '2025-10-18 23:59:59'), "
                  "(TIMESTAMP '2025-10-19 00:00:00'), (TIMESTAMP '2025-10-26 23:59:59'), "
                  "(TIMESTAMP '2025-10-27 00:00:00'), (NULL)) v(t)");
  load();
  EXPECT_EQ(ask("SELECT count(*) FROM flows WHERE is_incoming = 0 AND counterparty = 'c'"), "2");
  EXPECT_EQ(ask("SELECT sum(amount_usd) FROM flows"), "21.0000");
}

TEST_F(Load, AcceptsFlowsByPair) {
  snapshot_.write(
      "money_flows.parquet",
      "SELECT 'a' AS from_address, d AS to_address, n AS tx_count, 100.0 AS amount_usd_sum, "
      "epoch_ms(TIMESTAMP '2025-10-25 10:00:00') AS first_seen_timestamp, "
      "epoch_ms(TIMESTAMP '2025-10-25 13:00:00') AS last_seen_timestamp "
      "FROM (VALUES ('c', 4), ('d', 1)) v(d, n)");
  load();
  EXPECT_EQ(ask("SELECT sum(transfers) FROM flows"), "5");
  EXPECT_EQ(ask("SELECT sum(amount_usd) FROM flows"), "200.0000");
  EXPECT_EQ(ask("SELECT single_amount_usd FROM flows WHERE counterparty = 'c'"), "NULL");
  EXPECT_EQ(ask("SELECT max(last_second) - min(first_second) FROM flows"), "10800");
}

TEST_F(Load, ReadsEvidenceThatIsJsonAndLeavesOtherTextAlone) {
  snapshot_.write_alerts(
      "('x1', 'a'), ('x2', 'b')",
      ", CASE alert_id WHEN 'x1' THEN '{\"hops\": 4, \"tx_count\": \"7\", "
      "\"pattern_matches\": [1, 2]}' ELSE 'see attachment' END AS evidence_json");
  load();
  const std::string of_x1 = " FROM alerts WHERE alert_id = 'x1'";
  EXPECT_EQ(ask("SELECT evidence_hops" + of_x1), "4.0");
  EXPECT_EQ(ask("SELECT evidence_tx_count" + of_x1), "7.0");
  EXPECT_EQ(ask("SELECT evidence_patterns" + of_x1), "2");
  EXPECT_EQ(ask("SELECT evidence_hops FROM alerts WHERE alert_id = 'x2'"), "NULL");
}

TEST(Snapshots, OfEveryProducerAreReadWithTheSameBitsWhateverTheThreads) {
  for (const char* name : {"clickhouse/2025-10-25", "pandas/2025-10-26", "torus/2025-11-20"}) {
    const std::filesystem::path path = std::filesystem::path(AML_SOURCE_DIR) / "tests/data" / name;
    const SnapshotFeatures one = build({path, {}, 1, "", {}});
    EXPECT_EQ(static_cast<std::int64_t>(one.alerts.rows()), one.input_rows.at("alerts"));
    EXPECT_EQ(static_cast<std::int64_t>(one.clusters.rows()), one.input_rows.at("clusters"));
    EXPECT_FALSE(one.network.empty());
    EXPECT_EQ(digest(one), digest(build({path, {}, 4, "", {}}))) << name;
  }
}

// The three are too small for several threads to share a group of rows; this one is not.
TEST(Snapshots, OfManyRowGroupsHaveTheSameBitsWhateverTheThreads) {
  ScratchSnapshot snapshot;
  snapshot.write(
      "alerts.parquet",
      "SELECT 7 AS window_days, DATE '2025-10-26' AS processing_date, 'x' || i AS alert_id, "
      "'a' || (i % 700) AS address, sin(i) AS alert_confidence_score, exp(i % 17) / 3 AS "
      "volume_usd, 'fan_in' AS typology_type FROM range(1500) t(i)");
  snapshot.write(
      "features.parquet",
      "SELECT 7 AS window_days, DATE '2025-10-26' AS processing_date, 'a' || i AS address, "
      "exp(i % 19) / 7 AS total_volume_usd, cos(i) AS pagerank FROM range(900) t(i)");
  snapshot.write(
      "clusters.parquet",
      "SELECT 7 AS window_days, DATE '2025-10-26' AS processing_date, 'k' || i AS cluster_id, "
      "[('x' || j) FOR j IN range(i * 7, i * 7 + 40)] AS related_alert_ids, "
      "[('a' || j) FOR j IN range(i, i + 40)] AS addresses_involved FROM range(200) t(i)");
  snapshot.write(
      "money_flows.parquet",
      "SELECT 'a' || (i * 7919 % 900) AS source_address, 'a' || (i * 104729 % 911) AS "
      "dest_address, exp(i % 23) / 11 AS amount_usd, "
      "epoch_ms(TIMESTAMP '2025-10-24 00:00:00') + i AS timestamp FROM range(150000) t(i)");
  const std::string one = digest(snapshot.build(1));
  EXPECT_EQ(one, digest(snapshot.build(2)));
  EXPECT_EQ(one, digest(snapshot.build(4)));
}

}  // namespace
}  // namespace aml::features
