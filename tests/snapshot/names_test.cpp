// Which column of a file is read under a documented name.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "scratch_snapshot.h"

namespace aml::snapshot {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class Names : public ::testing::Test {
 protected:
  void SetUp() override { scratch_.write_features("('a', 3)"); }
  void make() {
    snapshot_ = scratch_.open();
    snapshot_->make_all();
  }
  std::string ask(const std::string& query) {
    return snapshot_->connection().query_text(query).value_or("NULL");
  }
  const std::vector<std::string>& warnings() { return snapshot_->findings().warnings; }
  std::size_t warnings_with(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        warnings().begin(), warnings().end(),
        [&](const std::string& warning) { return warning.find(text) != std::string::npos; }));
  }

  ScratchSnapshot scratch_;
  std::unique_ptr<Snapshot> snapshot_;
};

TEST_F(Names, InAnotherCaseAreReadWithAWarning) {
  scratch_.write("alerts.parquet",
                 "SELECT 7 AS WINDOW_DAYS, DATE '2025-10-26' AS PROCESSING_DATE, 'x1' AS ALERT_ID, "
                 "'a' AS ADDRESS, 'high' AS \"Severity\"");
  make();
  EXPECT_EQ(ask("SELECT severity FROM alerts WHERE alert_id = 'x1'"), "high");
  EXPECT_THAT(warnings(), Contains(AllOf(HasSubstr("alerts.parquet"), HasSubstr("ALERT_ID"),
                                         HasSubstr("Severity"))));
}

TEST_F(Names, OfAnAliasInAnotherCaseAreReadToo) {
  scratch_.write_alerts("('x1', 'a')");
  scratch_.write_features("('a', 3)", ", 0.5 AS \"Data_Quality_Score\"");
  make();
  EXPECT_EQ(ask("SELECT quality_score FROM features"), "0.5");
  EXPECT_THAT(warnings(), Contains(HasSubstr("Data_Quality_Score")));
}

// The exact name wins wherever it stands.
TEST_F(Names, ThatDifferInCaseOnlyAreToldApart) {
  for (const char* columns : {"'right' AS severity, 'wrong' AS \"Severity\"",
                              "'wrong' AS \"Severity\", 'right' AS severity"}) {
    // DuckDB itself cannot write such a file: the second name is mended byte by byte.
    std::string sql = columns;
    sql.replace(sql.find("\"Severity\""), 10, "severitY");
    scratch_.write_alerts("('x1', 'a')", ", 'wrong' AS severit_, 'right' AS severity");
    std::string bytes = read_file(scratch_.path("alerts.parquet"));
    for (std::size_t at = 0; (at = bytes.find("severit_", at)) != std::string::npos;) {
      bytes.replace(at, 8, "Severity");
    }
    scratch_.write_text("alerts.parquet", bytes);
    make();
    EXPECT_EQ(ask("SELECT severity FROM alerts"), "right");
    EXPECT_THAT(warnings(), Contains(HasSubstr("Severity and severity (severity is read)")));
  }
}

TEST_F(Names, OfWhichNoneIsExactAreAmbiguous) {
  scratch_.write_alerts("('x1', 'a')", ", 'p' AS severit_, 'q' AS severit0");
  std::string bytes = read_file(scratch_.path("alerts.parquet"));
  for (const auto& [from, to] : {std::pair{"severit_", "Severity"}, {"severit0", "SEVERITY"}}) {
    for (std::size_t at = 0; (at = bytes.find(from, at)) != std::string::npos;) {
      bytes.replace(at, 8, to);
    }
  }
  scratch_.write_text("alerts.parquet", bytes);
  make();
  EXPECT_EQ(ask("SELECT severity FROM alerts"), "NULL");
  EXPECT_THAT(warnings(), Contains(HasSubstr("Severity and SEVERITY (neither is read)")));
}

TEST_F(Names, ThatAreMissingAreToldOnceAFile) {
  scratch_.write_alerts("('x1', 'a')", ", 'high' AS severity");
  make();
  EXPECT_THAT(warnings(), Contains(AllOf(HasSubstr("alerts.parquet lacks"), HasSubstr("volume_usd"),
                                         HasSubstr("evidence_json"), Not(HasSubstr("severity")),
                                         Not(HasSubstr("_version")))));
  EXPECT_EQ(warnings_with("alerts.parquet lacks"), 1U);
}

TEST_F(Names, OfKeysThatAreMissingAreRefused) {
  scratch_.write("alerts.parquet",
                 "SELECT 7 AS window_days, DATE '2025-10-26' AS processing_date, 'a' AS address");
  EXPECT_THAT(scratch_.refusal(), HasSubstr("no column alert_id"));
}

}  // namespace
}  // namespace aml::snapshot
