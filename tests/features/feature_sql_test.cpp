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
    write("01_alert__mine.sql",
          "SELECT a.alert_id AS alert_id, a.volume_usd AS v FROM alerts AS a;\n");
    write("02_cluster__mine.sql", "SELECT c.cluster_id AS cluster_id FROM clusters AS c -- all");
  }
  void write(const std::string& name, const std::string& text) {
    write_file_atomically(snapshot_.path("sql/" + name), text);
  }
  SnapshotFeatures build(const std::vector<std::string>& without = {}) {
    return features::build(*snapshot_.open(1),
                           {.features_dir = snapshot_.path("sql"), .without = without});
  }
  std::string refusal_without(const std::vector<std::string>& groups) {
    try {
      build(groups);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage);
      return error.what();
    }
    return "";
  }
  std::string refusal(ErrorKind kind = ErrorKind::bad_input) {
    return snapshot_.refusal(kind, snapshot_.path("sql"));
  }
  ScratchSnapshot snapshot_;
};

TEST_F(FeatureSql, OfTheUserReplacesTheBuiltIn) {
  const SnapshotFeatures features = build();
  EXPECT_THAT(features.alerts.names, ElementsAre("v"));
  EXPECT_EQ(features.feature_sql.files.size(), 2U);
}

TEST_F(FeatureSql, IsRefusedWithTextForANumber) {
  write("01_alert__mine.sql", "SELECT a.alert_id AS alert_id, a.address AS who FROM alerts AS a");
  EXPECT_THAT(refusal(),
              AllOf(HasSubstr("01_alert__mine.sql"), HasSubstr("who"), HasSubstr("VARCHAR")));
}

TEST_F(FeatureSql, IsRefusedWithoutTheIdInFront) {
  write("01_alert__mine.sql", "SELECT a.volume_usd AS v, a.alert_id AS alert_id FROM alerts AS a");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("01_alert__mine.sql"), HasSubstr("must be alert_id")));
}

TEST_F(FeatureSql, IsRefusedWithTwoRowsOfAnAlert) {
  write("01_alert__mine.sql",
        "SELECT a.alert_id AS alert_id FROM alerts AS a INNER JOIN alerts AS b ON b.window_days = "
        "a.window_days");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("01_alert__mine.sql"), HasSubstr("more than one row")));
}

TEST_F(FeatureSql, IsRefusedWithARowOfNoAlert) {
  write("01_alert__mine.sql", "SELECT 'x9' AS alert_id, 1 AS one FROM alerts AS a");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("01_alert__mine.sql"), HasSubstr("x9")));
  write("01_alert__mine.sql", "SELECT CAST(NULL AS VARCHAR) AS alert_id FROM alerts AS a");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("01_alert__mine.sql"), HasSubstr("empty")));
}

TEST_F(FeatureSql, MayHaveNoRowOfAnAlert) {
  write("03_alert__more.sql",
        "SELECT a.alert_id AS alert_id, f.degree_in AS d FROM alerts AS a INNER JOIN features AS f "
        "ON f.subject_id = a.subject_id ORDER BY a.alert_id DESC");
  const SnapshotFeatures features = build();
  EXPECT_THAT(features.alerts.names, ElementsAre("v", "d"));
  EXPECT_EQ(value(features.alerts, "x1", "d"), 3);
  EXPECT_THAT(value(features.alerts, "x2", "d"), ::testing::IsNan());
}

TEST_F(FeatureSql, JoinsGroupsInWhateverOrderTheirRowsAre) {
  write("03_alert__more.sql",
        "SELECT a.alert_id AS alert_id, CASE WHEN a.alert_id = 'x1' THEN 1 ELSE 2 END AS d FROM "
        "alerts AS a ORDER BY a.alert_id DESC");
  const SnapshotFeatures features = build();
  EXPECT_EQ(value(features.alerts, "x1", "d"), 1);
  EXPECT_EQ(value(features.alerts, "x2", "d"), 2);
  EXPECT_THAT(features.groups, ElementsAre("alert__mine", "cluster__mine", "alert__more"));
}

TEST_F(FeatureSql, LeavesGroupsOut) {
  write("03_alert__more.sql", "SELECT a.alert_id AS alert_id, 1 AS d FROM alerts AS a");
  EXPECT_THAT(build({"more"}).alerts.names, ElementsAre("v"));
  EXPECT_THAT(build({"alert__mine", "alert__mine"}).alerts.names, ElementsAre("d"));
  EXPECT_THAT(refusal_without({"nore"}), AllOf(HasSubstr("nore"), HasSubstr("did you mean more?")));
  EXPECT_THAT(refusal_without({"mine"}), HasSubstr("no features of clusters"));
}

TEST_F(FeatureSql, TakesFoldersFromBeforeThereWereGroups) {
  std::filesystem::rename(snapshot_.path("sql/01_alert__mine.sql"),
                          snapshot_.path("sql/01_alert_features.sql"));
  std::filesystem::rename(snapshot_.path("sql/02_cluster__mine.sql"),
                          snapshot_.path("sql/02_cluster_features.sql"));
  const SnapshotFeatures features = build();
  EXPECT_THAT(features.alerts.names, ElementsAre("v"));
  EXPECT_THAT(features.groups, ElementsAre("alert_features", "cluster_features"));
}

TEST_F(FeatureSql, MakesThreeFeaturesOfAQuantity) {
  write("03_alert_quantities.sql",
        "SELECT a.alert_id AS alert_id,\n f.degree_in AS senders  -- senders of the address\n"
        "FROM alerts AS a LEFT JOIN features AS f ON f.subject_id = a.subject_id");
  const SnapshotFeatures features = build();
  EXPECT_THAT(features.alerts.names,
              ElementsAre("v", "log_senders", "senders_percentile", "senders_zscore"));
  EXPECT_DOUBLE_EQ(value(features.alerts, "x1", "log_senders"), 1.386294);
  EXPECT_EQ(value(features.alerts, "x1", "senders_percentile"), 1);
  EXPECT_EQ(value(features.alerts, "x1", "senders_zscore"), 0);
  EXPECT_THAT(value(features.alerts, "x2", "log_senders"), ::testing::IsNan());
  EXPECT_THAT(features.registry.back().meaning, HasSubstr("senders of the address"));
  EXPECT_EQ(features.registry.back().group, "ranks");
}

TEST_F(FeatureSql, IsRefusedWhereTwoFilesMakeOneFeature) {
  write("03_alert__more.sql", "SELECT a.alert_id AS alert_id,\n 1 AS v FROM alerts AS a");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("01_alert__mine.sql:1"), HasSubstr("03_alert__more.sql:2"),
                               HasSubstr("feature v")));
  write("03_alert__more.sql", "SELECT a.alert_id AS alert_id, 1 AS V FROM alerts AS a");
  EXPECT_THAT(build().alerts.names, ElementsAre("v", "V"));
  write("03_alert__more.sql",
        "SELECT * FROM (SELECT a.alert_id AS alert_id, 1 AS v FROM alerts AS a)");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("03_alert__more.sql"), HasSubstr("feature v")));
}

TEST_F(FeatureSql, IsRefusedWhereTwoFilesMakeOneTable) {
  write("03_alert__mine.sql", "SELECT a.alert_id AS alert_id FROM alerts AS a");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("01_alert__mine.sql"), HasSubstr("03_alert__mine.sql")));
}

TEST_F(FeatureSql, IsRefusedWhenDuckdbRefusesIt) {
  write("01_alert__mine.sql", "SELECT a.alert_id AS alert_id, a.mood AS mood FROM alerts AS a");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("01_alert__mine.sql"), HasSubstr("mood")));
  write("01_alert__mine.sql", "SELECT 1; DROP TABLE alerts");
  EXPECT_THAT(refusal(), HasSubstr("01_alert__mine.sql"));
}

TEST_F(FeatureSql, IsRefusedUnderAnotherName) {
  write("3_more.sql", "SELECT 1 AS one");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("3_more.sql"), HasSubstr("NN_alert__GROUP.sql")));
}

TEST_F(FeatureSql, IsRefusedWithMoreFilesOrBytesThanAFolderMayHold) {
  const auto fill = [&](int files, std::size_t bytes) {
    for (int i = 0; i < files; ++i) {
      write("03_t" + std::to_string(i) + ".sql", "SELECT 1 --" + std::string(bytes, 'x'));
    }
  };
  fill(198, 1);  // beside the two that are there
  EXPECT_EQ(read_sql(snapshot_.path("sql")).size(), 200U);
  fill(199, 1);
  EXPECT_THAT(refusal(), HasSubstr("more than 200 files"));
  fill(9, 1'000'000);
  std::filesystem::remove(snapshot_.path("sql/03_t198.sql"));
  EXPECT_THAT(refusal(), HasSubstr("more than 8388608 bytes"));
}

TEST_F(FeatureSql, IsRefusedWithoutClusters) {
  std::filesystem::remove(snapshot_.path("sql/02_cluster__mine.sql"));
  EXPECT_THAT(refusal(), HasSubstr("NN_cluster__GROUP.sql"));
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
