#include "features/build.h"

#include <gmock/gmock.h>

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
class Build : public ::testing::Test {
 protected:
  void SetUp() override {
    snapshot_.write_alerts("('x1', 'a'), ('x2', 'b')");
    snapshot_.write_features("('a', 3), ('c', 4)");
  }
  ScratchSnapshot snapshot_;
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

TEST_F(Build, GivesOneRowPerAlertInOrderOfId) {
  const SnapshotFeatures features = snapshot_.build();
  EXPECT_THAT(features.alerts.ids, ElementsAre("x1", "x2"));
  EXPECT_EQ(features.processing_date, "2025-10-26");
  EXPECT_EQ(features.window_days, 7);
  EXPECT_EQ(features.input_rows.at("alerts"), 2);
  EXPECT_EQ(features.input_rows.at("features"), 2);
  EXPECT_EQ(value(features.alerts, "x1", "degree_in"), 3);
}

TEST_F(Build, WarnsOfMissingClustersAndMoneyFlows) {
  const SnapshotFeatures features = snapshot_.build();
  EXPECT_EQ(features.clusters.rows(), 0U);
  EXPECT_FALSE(features.clusters.names.empty());
  EXPECT_THAT(value(features.alerts, "x1", "flow_in_count"), IsNan());
  EXPECT_THAT(features.warnings, Contains(HasSubstr("clusters.parquet is missing")));
  EXPECT_THAT(features.warnings, Contains(HasSubstr("money_flows.parquet is missing")));
}

TEST_F(Build, AcceptsADayWithoutAlerts) {
  snapshot_.write("alerts.parquet",
                  "SELECT 'x' AS alert_id, 'a' AS address, 7 AS window_days, "
                  "DATE '2025-10-26' AS processing_date LIMIT 0");
  const SnapshotFeatures features = snapshot_.build();
  EXPECT_EQ(features.alerts.rows(), 0U);
  EXPECT_GT(features.alerts.names.size(), 150U);
}

TEST_F(Build, PrefersTheSnapshotsWindowOfADoubledAlert) {
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

TEST_F(Build, BoundsAbsurdAmounts) {
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

SnapshotFeatures build_of(const std::filesystem::path& path, int threads) {
  snapshot::Snapshot snapshot({.directory = path, .threads = threads});
  return build(snapshot);
}

TEST(Snapshots, OfEveryProducerAreReadWithTheSameBitsWhateverTheThreads) {
  for (const char* name : {"clickhouse/2025-10-25", "pandas/2025-10-26", "torus/2025-11-20"}) {
    const std::filesystem::path path = std::filesystem::path(AML_SOURCE_DIR) / "tests/data" / name;
    const SnapshotFeatures one = build_of(path, 1);
    EXPECT_EQ(static_cast<std::int64_t>(one.alerts.rows()), one.input_rows.at("alerts"));
    EXPECT_EQ(static_cast<std::int64_t>(one.clusters.rows()), one.input_rows.at("clusters"));
    EXPECT_FALSE(one.network.empty());
    EXPECT_EQ(digest(one), digest(build_of(path, 4))) << name;
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
