#include "snapshot/data_files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

#include "base/hash.h"
#include "scratch_snapshot.h"

namespace aml::snapshot {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

// Snapshots whose alerts are a folder of part files, as Spark writes them.
class DataFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(scratch_.path("alerts.parquet"));
    write_part("part-00000", "('x1', 'a'), ('x2', 'b')");
    write_part("part-00001", "('x3', 'c')");
    write("alerts.parquet/_SUCCESS");
    write("alerts.parquet/.part-00000.parquet.crc");
    scratch_.write_features("('a', 3)");
  }
  void write(const std::string& name) { std::ofstream(scratch_.path(name)) << "no Parquet"; }
  void write_part(const std::string& name, const std::string& rows) {
    scratch_.write(
        "alerts.parquet/" + name + ".parquet",
        "SELECT 7 AS window_days, DATE '2025-10-26' AS processing_date, * FROM (VALUES " + rows +
            ") v(alert_id, address)");
  }
  std::int64_t count_alerts() {
    const auto snapshot = scratch_.open();
    snapshot->make_all();
    EXPECT_EQ(snapshot->findings().input_rows.at("alerts"),
              snapshot->connection().query_int("SELECT count(*) FROM alerts"));
    return snapshot->connection().query_int("SELECT count(*) FROM alerts");
  }
  std::string complaint_of_hash() {
    try {
      scratch_.open()->hash_files();
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  ScratchSnapshot scratch_;
};

TEST_F(DataFiles, OfAFolderAreReadAsOneFile) { EXPECT_EQ(count_alerts(), 3); }

TEST_F(DataFiles, WithoutRowsMayHaveColumnsWithoutTypes) {
  scratch_.write("alerts.parquet/part-.parquet",
                 "SELECT 0 AS window_days, 0 AS processing_date, 0 AS alert_id, 0 AS address "
                 "LIMIT 0");
  EXPECT_EQ(count_alerts(), 3);
}

TEST_F(DataFiles, MayDifferInTheTypeOfAColumn) {
  scratch_.write("alerts.parquet/part-2.parquet",
                 "SELECT 7::UTINYINT AS window_days, DATE '2025-10-26' AS processing_date, "
                 "NULL::INTEGER AS severity, 'x4' AS alert_id, 'd' AS address");
  EXPECT_EQ(count_alerts(), 4);
}

TEST_F(DataFiles, MustLieSideBySide) {
  fs::create_directories(scratch_.path("alerts.parquet/date=2025-10-26"));
  EXPECT_THAT(scratch_.refusal(), AllOf(HasSubstr("alerts.parquet"), HasSubstr("date=2025-10-26")));
}

TEST_F(DataFiles, MustBeThere) {
  for (const char* part : {"part-00000.parquet", "part-00001.parquet"}) {
    fs::remove(scratch_.path("alerts.parquet") / part);
  }
  EXPECT_THAT(scratch_.refusal(), HasSubstr("without part files"));
}

TEST_F(DataFiles, AreHashedAndCheckedTogether) {
  std::string lines;
  std::uintmax_t size = 0;
  for (const char* name : {"part-00000.parquet", "part-00001.parquet"}) {
    const fs::path part = scratch_.path("alerts.parquet") / name;
    lines += hash_file(HashKind::sha256, part) + "  " + name + "\n";
    size += fs::file_size(part);
  }
  const std::string digest = hash_text(HashKind::sha256, lines);
  EXPECT_EQ(scratch_.open()->hash_files().at("alerts.parquet"), digest);
  scratch_.write_meta(
      fmt::format(R"({{"alerts.parquet": {{"sha256": "{}", "size": {}}}}})", digest, size));
  EXPECT_EQ(complaint_of_hash(), "");
  scratch_.write_meta(fmt::format(R"({{"alerts.parquet": {{"size": {}}}}})", size + 1));
  EXPECT_THAT(complaint_of_hash(), AllOf(HasSubstr("alerts.parquet"), HasSubstr("size")));
}

TEST_F(DataFiles, HaveAnIdentityThatChangesWithEachOfThem) {
  const fs::path folder = scratch_.path("alerts.parquet");
  const auto before = identity_of(folder);
  ASSERT_TRUE(before);
  EXPECT_EQ(identity_of(folder), before);
  write_part("part-00001", "('x3', 'd')");
  EXPECT_NE(identity_of(folder), before);
  EXPECT_FALSE(identity_of(scratch_.path("clusters.parquet")));
}

TEST_F(DataFiles, ThatDifferFromMetaAreNamed) {
  fs::remove_all(scratch_.path("alerts.parquet"));
  scratch_.write_alerts("('x1', 'a')");
  scratch_.write_meta(R"({"alerts.parquet": {"md5": "00000000000000000000000000000000"}})");
  EXPECT_THAT(complaint_of_hash(),
              AllOf(HasSubstr("alerts.parquet is damaged or changed"), HasSubstr("md5")));
}

TEST(ListedFiles, ThatAreMissingAreRefusedAlsoOptionalOnes) {
  const ScratchSnapshot scratch;
  scratch.write_alerts("('x1', 'a')");
  scratch.write_features("('a', 3)");
  for (const char* name : {"money_flows.parquet", "clusters.parquet", "patterns.parquet"}) {
    scratch.write_meta(fmt::format(R"({{"{}": {{}}}})", name));
    EXPECT_THAT(scratch.refusal(ErrorKind::not_found), HasSubstr(name));
  }
  scratch.write_meta(R"({"alerts.parquet": {}, "ground_truth_2025-10-26.parquet": {}})");
  scratch.open()->make_all();  // the truth comes later
}

// DuckDB takes what looks like a pattern for one, and NAME=VALUE for a column.
class LiteralPaths : public ::testing::TestWithParam<const char*> {};

TEST_P(LiteralPaths, MeanThemselves) {
  const ScratchSnapshot scratch(GetParam());
  fs::create_directories(scratch.path() / "alerts.parquet");
  scratch.write_features("('a', 3)");
  for (const char* part : {"p[1].parquet", "severity=high.parquet", "it's *.parquet"}) {
    // COPY takes its path as it is.
    scratch.write(
        std::string("alerts.parquet/") + part,
        "SELECT 7 AS window_days, DATE '2025-10-26' AS processing_date, 'low' AS severity, "
        "gen_random_uuid()::VARCHAR AS alert_id, 'a' AS address");
  }
  // What a pattern might find instead, or as well.
  for (const char* other : {"starry", "b", "questions"}) {
    fs::create_directories(scratch.path().parent_path() / other);
    fs::copy_file(scratch.path("features.parquet"),
                  scratch.path().parent_path() / other / "features.parquet");
  }
  const auto snapshot = scratch.open();
  snapshot->make_all();
  Connection& connection = snapshot->connection();
  EXPECT_EQ(connection.query_int("SELECT count(*) FROM alerts WHERE severity = 'low'"), 3);
  EXPECT_EQ(connection.query_int("SELECT count(*) FROM features"), 1);
  EXPECT_EQ(snapshot->findings().input_rows.at("features"), 1);
}

INSTANTIATE_TEST_SUITE_P(Names, LiteralPaths,
                         ::testing::Values("severity=low", "star*", "question?", "[a-c]", "[!z]",
                                           "a[b", "a]b", "it's", "say \"so\"", "back\\slash",
                                           "back\\star*", "{a,b}", "**", "new\nline", "~", "a b"));

}  // namespace
}  // namespace aml::snapshot
