// Everyone who reads a snapshot sees the same rows: features, labels, the page, the validator and
// evaluation.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "../snapshot/scratch_snapshot.h"
#include "commands/score_file.h"
#include "evidence/alert_record.h"
#include "evidence/alert_table.h"
#include "evidence/input_root.h"
#include "models/training_day.h"
#include "results/rows.h"
#include "results/writer.h"
#include "validator/day.h"

namespace aml {
namespace {

using ::testing::ElementsAre;
using Json = nlohmann::json;
namespace fs = std::filesystem;

// Two windows and two versions of one alert, and a cluster that loses an alert from one version to
// the next. Of x1 the row of address b counts: META.json's window, then the highest version. Of y
// no row is of that window. The cluster k holds x1 alone.
class Readers : public ::testing::Test {
 protected:
  Readers() {
    scratch_.write("alerts.parquet",
                   "SELECT DATE '2025-10-26' AS processing_date, * FROM (VALUES "
                   "(7, 'x1', 'a', 1, 'low', 'fan_in', 0.125, 100), "
                   "(7, 'x1', 'b', 2, 'high', 'cycle', 0.25, 200), "
                   "(30, 'x1', 'c', 9, 'critical', 'mixing', 0.5, 300), "
                   "(7, 'x2', 'a', 1, 'medium', 'fan_out', 0.75, 400), "
                   "(30, 'y', 'd', 1, 'low', 'fan_in', 0.375, 500), "
                   "(30, 'y', 'e', 2, 'medium', 'layering', 0.625, 600)) "
                   "v(window_days, alert_id, address, _version, severity, typology_type, "
                   "alert_confidence_score, volume_usd)");
    scratch_.write("features.parquet",
                   "SELECT DATE '2025-10-26' AS processing_date, * FROM (VALUES "
                   "(7, 'a', 1, 10), (7, 'b', 1, 20), (7, 'b', 2, 21), (30, 'b', 3, 22), "
                   "(30, 'c', 1, 30), (30, 'e', 1, 50)) "
                   "v(window_days, address, _version, degree_in)");
    scratch_.write("clusters.parquet",
                   "SELECT DATE '2025-10-26' AS processing_date, * FROM (VALUES "
                   "(7, 'k', ['x1', 'x2'], ['a'], 1), (7, 'k', ['x1'], ['b'], 2), "
                   "(30, 'k', ['x1', 'x2', 'y'], ['c'], 3)) "
                   "v(window_days, cluster_id, related_alert_ids, addresses_involved, _version)");
    scratch_.write("truth.parquet",
                   "SELECT * FROM (VALUES ('x1', 0), ('x2', 1), ('y', 1)) v(alert_id, label)");
    scratch_.write_meta();
    fs::create_directories(batch_);
    results::write_tables(batch_, {{{"x1", 0.25, "1.0.0", 1, "{}"},
                                    {"x2", 0.5, "1.0.0", 1, "{}"},
                                    {"y", 0.75, "1.0.0", 1, "{}"}},
                                   {{"x1", 1, 0.3}, {"x2", 2, 0.2}, {"y", 3, 0.1}},
                                   {{"k", 0.5, "1.0.0", 1, "{}"}}});
  }

  Json record(const std::string& alert) {
    const auto input = inputs_.open(inputs_.find(*Date::parse("2025-10-26")));
    const evidence::KnownAddresses known;
    evidence::KnownMentions nobody(known);
    return Json::parse("{" + evidence::alert_record(*input, batch_, alert, nobody).value() + "}");
  }

  snapshot::ScratchSnapshot scratch_{"2025-10-26"};
  fs::path batch_ = scratch_.path().parent_path() / "batch";
  evidence::InputRoot inputs_{scratch_.path().parent_path()};
};

TEST_F(Readers, OfFeatures) {
  const auto input = scratch_.open();
  input->make_all();
  Connection& connection = input->connection();
  const auto ask = [&](const char* query) { return connection.query_text(query).value_or("NULL"); };
  EXPECT_EQ(ask("SELECT string_agg(alert_id || address || severity, ' ' ORDER BY alert_id) "
                "FROM alerts"),
            "x1bhigh x2amedium yemedium");
  EXPECT_EQ(ask("SELECT string_agg(a.alert_id || f.degree_in, ' ' ORDER BY a.alert_id) FROM alerts "
                "a JOIN features f ON f.subject_id = a.subject_id"),
            "x121 x210 y50");
  EXPECT_EQ(ask("SELECT string_agg(cluster_id || alert_id, ' ') FROM cluster_alerts"), "kx1");
}

TEST_F(Readers, OfLabels) {
  const auto day = models::read_training_day({.directory = scratch_.path(), .threads = 1}, {},
                                             scratch_.path("truth.parquet"));
  EXPECT_THAT(day->features.alerts.ids, ElementsAre("x1", "x2", "y"));
  EXPECT_THAT(day->alerts.labels, ElementsAre(0, 1, 1));
  EXPECT_THAT(day->clusters.labels, ElementsAre(0)) << "k has lost x2, and never had y";
}

TEST_F(Readers, OfThePage) {
  const auto input = inputs_.open(inputs_.find(*Date::parse("2025-10-26")));
  const Json table = Json::parse(
      "{" + evidence::alert_table(*input, batch_, results::Metadata{}, evidence::KnownAddresses()) +
      "}");
  const Json& columns = table.at("columns");
  EXPECT_EQ(columns.at("address"), Json::parse(R"(["b", "a", "e"])"));
  EXPECT_EQ(columns.at("volume_usd"), Json::parse("[200, 400, 600]"));
  EXPECT_EQ(columns.at("severity").at("values"), Json::parse(R"(["high", "medium"])"));
  EXPECT_EQ(columns.at("cluster_id").at("codes"), Json::parse("[0, null, null]"));

  EXPECT_EQ(record("x1").at("address"), "b");
  EXPECT_EQ(record("y").at("address"), "e");
  ASSERT_EQ(record("x1").at("clusters").size(), 1U);
  EXPECT_EQ(record("x1").at("clusters")[0].at("related_alert_ids"), Json::parse(R"(["x1"])"));
  EXPECT_TRUE(record("x2").at("clusters").empty());
  EXPECT_TRUE(record("y").at("clusters").empty());
}

TEST_F(Readers, OfTheValidator) {
  const validator::Day day = validator::load_day({.directory = scratch_.path(), .threads = 1},
                                                 fs::path(AML_SOURCE_DIR) / "trained_models");
  EXPECT_THAT(day.alerts->ids(), ElementsAre("x1", "x2", "y"));
  EXPECT_THAT(day.facts.address, ElementsAre("b", "a", "e"));
  EXPECT_THAT(day.facts.severity, ElementsAre("high", "medium", "medium"));
  EXPECT_THAT(day.facts.typology, ElementsAre("cycle", "fan_out", "layering"));
  EXPECT_THAT(day.facts.confidence, ElementsAre(0.25, 0.75, 0.625));
}

TEST_F(Readers, OfEvaluation) {
  EXPECT_THAT(commands::read_typologies(scratch_.path("alerts.parquet"), {"x1", "x2", "y", "z"},
                                        snapshot::kMaxRows),
              ElementsAre("cycle", "fan_out", "layering", ""));
}

// Rows that tie in window and version are told apart by their content, of which the page's table
// reads a part only.
TEST_F(Readers, ChooseTheSameOfRowsThatTie) {
  scratch_.write("alerts.parquet",
                 "SELECT DATE '2025-10-26' AS processing_date, 7 AS window_days, 'x1' AS alert_id, "
                 "* FROM (VALUES ('p', 'b', 'the second', 1), ('q', 'b', 'the first', 2)) "
                 "v(pattern_id, address, description, volume_usd)");
  const auto input = scratch_.open();
  input->make(snapshot::Table::alerts);
  const std::string kept =
      input->connection().query_text("SELECT CAST(volume_usd AS DOUBLE) FROM alerts").value();
  const auto same = inputs_.open(inputs_.find(*Date::parse("2025-10-26")));
  const Json table = Json::parse(
      "{" + evidence::alert_table(*same, batch_, results::Metadata{}, evidence::KnownAddresses()) +
      "}");
  EXPECT_EQ(table.at("columns").at("volume_usd")[0], std::stod(kept));
  EXPECT_EQ(record("x1").at("volume_usd"), std::stod(kept));
}

}  // namespace
}  // namespace aml
