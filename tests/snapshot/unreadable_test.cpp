// Values that hold something which cannot be read.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "scratch_snapshot.h"

namespace aml::snapshot {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::DoubleEq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Unreadable : public ::testing::Test {
 protected:
  // Alerts x0 … x9 with a column of that expression over i.
  const Findings& read_alerts(const std::string& column, const std::string& expression) {
    scratch_.write("alerts.parquet",
                   fmt::format("SELECT 7 AS window_days, DATE '2025-10-26' AS processing_date, "
                               "'x' || i AS alert_id, 'a' AS address, {} AS {} FROM range(10) t(i)",
                               expression, column));
    scratch_.write_features("('a', 3)");
    return make();
  }
  const Findings& make() {
    snapshot_ = scratch_.open();
    snapshot_->make_all();
    return snapshot_->findings();
  }
  std::string ask(const std::string& query) {
    return snapshot_->connection().query_text(query).value_or("NULL");
  }

  ScratchSnapshot scratch_;
  std::unique_ptr<Snapshot> snapshot_;
};

TEST_F(Unreadable, ColumnsAreToldAndCountAsMissing) {
  const auto told = [](const char* column) {
    return Contains(AllOf(HasSubstr("alerts.parquet"), HasSubstr(column), HasSubstr("10 rows")));
  };
  for (const char* list : {R"('"[\"p\",\"q\"]"')", "'{p,q}'", "'p;q'"}) {
    const Findings& findings = read_alerts("risk_indicators", list);
    EXPECT_THAT(findings.warnings, told("risk_indicators")) << list;
    EXPECT_EQ(findings.unreadable.at("alerts.parquet").at("risk_indicators"), 1.0);
    EXPECT_EQ(ask("SELECT count(*) FROM alert_indicators"), "0");
  }
  for (const char* json : {R"('"{\"hops\": 4}"')", "'{''hops'': 4}'", "'hops=4'", "'[4]'"}) {
    const Findings& findings = read_alerts("evidence_json", json);
    EXPECT_THAT(findings.warnings, told("evidence_json")) << json;
    EXPECT_EQ(ask("SELECT count(evidence_hops) FROM alerts"), "0");
  }
}

TEST_F(Unreadable, ShareOfAColumnIsCounted) {
  const Findings& findings =
      read_alerts("risk_indicators", "CASE WHEN i < 2 THEN '{p}' WHEN i < 8 THEN '[\"p\"]' END");
  EXPECT_THAT(findings.unreadable.at("alerts.parquet").at("risk_indicators"), DoubleEq(0.25));
  EXPECT_THAT(findings.warnings, Not(Contains(HasSubstr("risk_indicators"))));
  EXPECT_EQ(ask("SELECT count(*) FROM alert_indicators"), "6");
}

TEST_F(Unreadable, IsNothingThatHoldsNothing) {
  for (const char* nothing : {"''", "' '", "'null'", "NULL::VARCHAR"}) {
    EXPECT_THAT(read_alerts("risk_indicators", nothing).unreadable, IsEmpty()) << nothing;
    EXPECT_THAT(read_alerts("evidence_json", nothing).unreadable, IsEmpty()) << nothing;
  }
  EXPECT_THAT(read_alerts("risk_indicators", "'[]'").unreadable, IsEmpty());
  EXPECT_THAT(read_alerts("evidence_json", "'{}'").unreadable, IsEmpty());
}

TEST_F(Unreadable, HistogramsOfFeaturesAreTold) {
  read_alerts("severity", "'low'");
  scratch_.write_features("('a', 3)", ", '[0 3 1]' AS hourly_activity, '[1, 2]' AS daily_activity");
  const Findings& findings = make();
  EXPECT_THAT(findings.warnings,
              Contains(AllOf(HasSubstr("hourly_activity"), HasSubstr("1 rows"))));
  EXPECT_EQ(findings.unreadable.at("features.parquet").count("daily_activity"), 0U);
  EXPECT_EQ(ask("SELECT day_1 FROM features"), "2.0");
}

TEST_F(Unreadable, MembersOfClustersAreTold) {
  read_alerts("severity", "'low'");
  scratch_.write(
      "clusters.parquet",
      "SELECT 'k' AS cluster_id, 7 AS window_days, DATE '2025-10-26' AS "
      "processing_date, '{x0,x1}' AS related_alert_ids, '[\"a\"]' AS addresses_involved");
  EXPECT_THAT(make().warnings,
              Contains(AllOf(HasSubstr("clusters.parquet"), HasSubstr("related_alert_ids"))));
}

TEST_F(Unreadable, IsNoListOfPythonOrJsonWithEscapes) {
  EXPECT_THAT(read_alerts("risk_indicators", "'[''p'', \"it''s\"]'").unreadable, IsEmpty());
  EXPECT_EQ(ask("SELECT count(*) FROM alert_indicators WHERE indicator = 'it''s'"), "10");
  read_alerts("risk_indicators", R"('["\u0070\n", "a\"b"]')");
  EXPECT_EQ(ask("SELECT count(DISTINCT indicator) FROM alert_indicators "
                "WHERE indicator IN ('p' || chr(10), 'a\"b')"),
            "2");
}

}  // namespace
}  // namespace aml::snapshot
