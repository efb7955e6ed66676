#include "features/feature_sql.h"

#include <gmock/gmock.h>

#include "scratch_snapshot.h"

namespace aml::features {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A user's own feature SQL beside a small snapshot.
class FeatureSql : public ::testing::Test {
 protected:
  void SetUp() override {
    snapshot_.write_alerts("('x1', 'a'), ('x2', 'b')");
    snapshot_.write_features("('a', 3)");
    std::filesystem::create_directories(snapshot_.path("sql"));
    write("01_alert_features.sql",
          "SELECT a.alert_id AS alert_id, a.volume_usd AS v FROM alerts AS a;\n");
    write("02_cluster_features.sql", "SELECT c.cluster_id AS cluster_id FROM clusters AS c -- all");
  }
  void write(const std::string& name, const std::string& text) {
    write_file_atomically(snapshot_.path("sql/" + name), text);
  }
  std::string refusal(ErrorKind kind = ErrorKind::bad_input) {
    return snapshot_.refusal(kind, snapshot_.path("sql"));
  }
  ScratchSnapshot snapshot_;
};

TEST_F(FeatureSql, OfTheUserReplacesTheBuiltIn) {
  const SnapshotFeatures features = snapshot_.build(1, snapshot_.path("sql"));
  EXPECT_THAT(features.alerts.names, ElementsAre("v"));
  EXPECT_EQ(features.feature_sql_sha256.size(), 2U);
}

TEST_F(FeatureSql, IsRefusedWithTextForANumber) {
  write("01_alert_features.sql",
        "SELECT a.alert_id AS alert_id, a.address AS who FROM alerts AS a");
  EXPECT_THAT(refusal(),
              AllOf(HasSubstr("01_alert_features.sql"), HasSubstr("who"), HasSubstr("VARCHAR")));
}

TEST_F(FeatureSql, IsRefusedWithoutTheIdInFront) {
  write("01_alert_features.sql",
        "SELECT a.volume_usd AS v, a.alert_id AS alert_id FROM alerts AS a");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("01_alert_features.sql"), HasSubstr("must be alert_id")));
}

TEST_F(FeatureSql, IsRefusedWhenItRepeatsOrLosesAlerts) {
  write("01_alert_features.sql",
        "SELECT a.alert_id AS alert_id FROM alerts AS a INNER JOIN alerts AS b ON b.window_days = "
        "a.window_days");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("01_alert_features.sql"), HasSubstr("repeats")));
  write("01_alert_features.sql",
        "SELECT a.alert_id AS alert_id FROM alerts AS a INNER JOIN features AS f ON f.subject_id = "
        "a.subject_id");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("01_alert_features.sql"), HasSubstr("1 rows of alerts")));
}

TEST_F(FeatureSql, IsRefusedWhenDuckdbRefusesIt) {
  write("01_alert_features.sql", "SELECT a.alert_id AS alert_id, a.mood AS mood FROM alerts AS a");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("01_alert_features.sql"), HasSubstr("mood")));
  write("01_alert_features.sql", "SELECT 1; DROP TABLE alerts");
  EXPECT_THAT(refusal(), HasSubstr("01_alert_features.sql"));
}

TEST_F(FeatureSql, IsRefusedUnderAnotherName) {
  write("3_more.sql", "SELECT 1 AS one");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("3_more.sql"), HasSubstr("NN_table.sql")));
}

TEST_F(FeatureSql, IsRefusedWithoutClusters) {
  std::filesystem::remove(snapshot_.path("sql/02_cluster_features.sql"));
  EXPECT_THAT(refusal(), HasSubstr("NN_cluster_features.sql"));
  std::filesystem::remove_all(snapshot_.path("sql"));
  EXPECT_THAT(refusal(ErrorKind::not_found), HasSubstr("--features-dir"));
}

TEST(BuiltInSql, EqualsTheFilesItWasMadeOf) {
  const std::vector<SqlFile> built_in = built_in_sql();
  const std::vector<SqlFile> files =
      read_sql(std::filesystem::path(AML_SOURCE_DIR) / "src/features/sql");
  ASSERT_EQ(built_in.size(), files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    EXPECT_EQ(built_in[i].file_name, files[i].file_name);
    EXPECT_EQ(built_in[i].table, files[i].table);
    EXPECT_EQ(built_in[i].text, files[i].text);
  }
}

}  // namespace
}  // namespace aml::features
