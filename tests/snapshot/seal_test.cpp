// What SQL can do in a sealed snapshot.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

#include "base/hash.h"
#include "scratch_snapshot.h"

namespace aml::snapshot {
namespace {

namespace fs = std::filesystem;

class Seal : public ::testing::Test {
 protected:
  void SetUp() override {
    scratch_.write_alerts("('x1', 'a')");
    scratch_.write_features("('a', 3)");
    std::ofstream(scratch_.path("secret.txt")) << "secret";
  }
  // A snapshot with all tables, sealed.
  std::unique_ptr<Snapshot> sealed(const fs::path& temp_dir = {},
                                   const std::string& memory_limit = "") {
    auto snapshot = std::make_unique<Snapshot>(SnapshotOptions{.directory = scratch_.path(),
                                                               .threads = 2,
                                                               .memory_limit = memory_limit,
                                                               .temp_dir = temp_dir});
    snapshot->make_all();
    snapshot->seal();
    return snapshot;
  }
  std::string at(const std::string& name) { return sql_text(scratch_.path(name).string()); }
  std::map<std::string, std::string> files() {
    std::map<std::string, std::string> hashes;
    for (const auto& entry : fs::recursive_directory_iterator(scratch_.path())) {
      if (entry.is_regular_file()) {
        hashes[entry.path().string()] = hash_file(HashKind::sha256, entry.path());
      }
    }
    return hashes;
  }

  ScratchSnapshot scratch_;
};

TEST_F(Seal, LeavesTablesAndNoPath) {
  const auto before = files();
  const auto snapshot = sealed();
  Connection& connection = snapshot->connection();
  for (const std::string& sql :
       {"COPY alerts TO " + at("out.csv"),
        "COPY alerts TO " + at("alerts.parquet") + " (FORMAT parquet, USE_TMP_FILE false)",
        "COPY alerts TO " + at("features.parquet"),
        "COPY alerts FROM " + at("alerts.parquet"),
        std::string("COPY (SELECT 1) TO '/dev/stdout'"),
        "EXPORT DATABASE " + at("export"),
        "IMPORT DATABASE " + at("export"),
        "ATTACH " + at("other.db") + " AS other",
        std::string("INSTALL httpfs"),
        std::string("LOAD httpfs"),
        "LOAD " + at("x.duckdb_extension"),
        "SELECT * FROM read_text(" + at("secret.txt") + ")",
        "SELECT * FROM read_blob(" + at("secret.txt") + ")",
        "SELECT * FROM read_csv(" + at("secret.txt") + ")",
        "SELECT * FROM read_parquet(" + at("alerts.parquet") + ")",
        "SELECT * FROM parquet_metadata(" + at("alerts.parquet") + ")",
        "SELECT * FROM " + sql_name(scratch_.path("alerts.parquet").string()),
        "SELECT * FROM glob(" + at("*") + ")",
        "SELECT * FROM sniff_csv(" + at("secret.txt") + ")",
        std::string("SET enable_external_access = true"),
        std::string("RESET enable_external_access"),
        std::string("SET lock_configuration = false"),
        "SET temp_directory = " + at("spill"),
        "SET home_directory = " + at(""),
        std::string("SET memory_limit = '1TB'"),
        std::string("SET threads = 64"),
        std::string("SET allowed_directories = ['/']"),
        std::string("PRAGMA threads = 64"),
        "PRAGMA profiling_output = " + at("profile")}) {
    EXPECT_THROW(connection.run(sql), Error) << sql;
    EXPECT_THROW(connection.query(sql), Error) << sql;
  }
  EXPECT_EQ(connection.query_int("SELECT count(*) FROM alerts"), 1);
  connection.run("CREATE TABLE more AS SELECT a.alert_id FROM alerts AS a");
  EXPECT_EQ(files(), before);
}

TEST_F(Seal, StillSpills) {
  const ScratchSnapshot spill("spill");
  const auto snapshot = sealed(spill.path(), "60MB");
  snapshot->connection().run(
      "CREATE TABLE big AS SELECT i, md5(i::VARCHAR) AS t FROM range(1000000) r(i);"
      "CREATE TABLE sorted AS SELECT t FROM big ORDER BY t");
  EXPECT_FALSE(fs::is_empty(spill.path()));
}

TEST_F(Seal, LeavesThePlaceItSpillsToAndNothingBeside) {
  const ScratchSnapshot spill("spill");
  const auto snapshot = sealed(spill.path());
  Connection& connection = snapshot->connection();
  for (const char* name : {"../out.csv", "./../out.csv", "/../out.csv", "a/../../out.csv"}) {
    const std::string path = spill.path().string() + "/" + name;
    EXPECT_THROW(connection.run("COPY alerts TO " + sql_text(path)), Error) << name;
  }
  const std::string beside = spill.path().string() + "x.csv";
  EXPECT_THROW(connection.run("COPY alerts TO " + sql_text(beside)), Error);
}

TEST_F(Seal, MakesNoTableAfterwards) {
  auto snapshot = scratch_.open();
  snapshot->make(Table::alerts);
  snapshot->seal();
  snapshot->make(Table::alerts);
  EXPECT_THROW(snapshot->make(Table::features), Error);
}

}  // namespace
}  // namespace aml::snapshot
