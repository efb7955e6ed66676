#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "../results/example.h"
#include "base/error.h"
#include "base/hash.h"
#include "evidence/alert_record.h"
#include "evidence/alert_table.h"
#include "evidence/input_root.h"
#include "example.h"

namespace aml::evidence {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

// A batch of alerts a and b, and an input beside it.
class Alerts : public ::testing::Test {
 protected:
  Alerts() : batch_(results::publish(root_.path() / "output", "2025-10-26", "2025-10-26")) {}

  InputDay input() { return inputs_.find(*Date::parse("2025-10-26")); }
  fs::path input_folder() { return root_.path() / "input" / "2025-10-26"; }
  Json table() {
    const auto snapshot = inputs_.open(input());
    return Json::parse("{" + alert_table(*snapshot, batch_, metadata_, KnownAddresses()) + "}");
  }
  std::optional<Json> record(const std::string& id) {
    const auto snapshot = inputs_.open(input());
    const KnownAddresses known;
    KnownMentions mentions(known);
    const auto members = alert_record(*snapshot, batch_, id, mentions);
    if (!members) return std::nullopt;
    return Json::parse("{" + *members + "}");
  }

  results::TemporaryFolder root_;
  fs::path batch_;
  results::Metadata metadata_ = results::example_metadata("2025-10-26");
  InputRoot inputs_{root_.path() / "input"};
};

TEST_F(Alerts, StandByRankWithTheirInputs) {
  write_input(input_folder());
  EXPECT_EQ(table(), Json::parse(R"({
    "inputs": {"alerts": "read", "clusters": "read", "money_flows": "read", "same_snapshot": false},
    "columns": {
      "alert_id": ["b", "a"], "rank": [1, 2], "score": [0.75, 0.25], "rank_score": [0.9, 0.1],
      "probability": [null, null],
      "address": ["=y", "x"],
      "typology_type": {"values": ["FAN_IN"], "codes": [null, 0]},
      "severity": {"values": ["high"], "codes": [null, 0]},
      "suspected_address_type": {"values": [], "codes": [null, null]},
      "volume_usd": [null, 10.5], "alert_confidence_score": [null, 0.25],
      "risk_indicators": {"values": ["p,q"], "codes": [null, 0]},
      "cluster_id": {"values": ["c"], "codes": [0, 0]}}})"));
}

TEST_F(Alerts, SayInWhatTheirMoneyCameAndWent) {
  write_input(input_folder());
  write_parquet(input_folder() / sot::kFeaturesFile,
                "SELECT *, DATE '2025-10-26' AS processing_date FROM (VALUES "
                "('x', 7, 'USDT', 'ETH'), ('x', 1, 'DAI', ''), ('=y', 7, '', NULL), "
                "('z', 7, 'WBTC', 'WBTC')) "
                "t(address, window_days, dominant_asset_in, dominant_asset_out)");
  EXPECT_EQ(table().at("columns").at("assets"),
            Json::parse(R"({"values": ["ETH,USDT"], "codes": [null, 0]})"));
}

TEST_F(Alerts, NameNoAssetWhereTheFileDoesNot) {
  write_input(input_folder());
  write_parquet(input_folder() / sot::kFeaturesFile,
                "SELECT 'x' AS address, 7 AS window_days, DATE '2025-10-26' AS processing_date");
  EXPECT_EQ(table().at("columns").at("assets"),
            Json::parse(R"({"values": [], "codes": [null, null]})"));
  std::ofstream(input_folder() / sot::kFeaturesFile) << "no Parquet";
  EXPECT_FALSE(table().at("columns").contains("assets"));
}

TEST_F(Alerts, StandAloneWithoutAnInput) {
  const Json answer = table();
  EXPECT_EQ(answer.at("inputs"), Json::parse(R"({"alerts": "absent", "clusters": "absent",
                                                 "money_flows": "absent", "same_snapshot": null})"));
  EXPECT_EQ(answer.at("columns").at("rank"), Json::parse("[1, 2]"));
  EXPECT_TRUE(answer.at("columns").at("address").is_null());
  EXPECT_TRUE(answer.at("columns").at("cluster_id").is_null());
}

TEST_F(Alerts, StandAloneWhereTheInputIsDamaged) {
  write_input(input_folder());
  for (const char* file : {sot::kAlertsFile, sot::kClustersFile, sot::kMoneyFlowsFile}) {
    std::ofstream(input_folder() / file, std::ios::trunc) << "damaged";
  }
  const Json answer = table();
  for (const char* name : {"alerts", "clusters", "money_flows"}) {
    EXPECT_EQ(answer.at("inputs").at(name), "unreadable");
  }
  EXPECT_EQ(answer.at("columns").at("alert_id"), Json::parse(R"(["b", "a"])"));
}

TEST_F(Alerts, KnowTheSnapshotTheyWereMadeFrom) {
  write_alerts(input_folder());
  metadata_.input_sha256[sot::kAlertsFile] =
      hash_file(HashKind::sha256, input_folder() / sot::kAlertsFile);
  EXPECT_EQ(table().at("inputs").at("same_snapshot"), true);
}

TEST_F(Alerts, CannotBeReadFromADamagedBatch) {
  std::ofstream(batch_ / results::kAlertsRankedFile, std::ios::trunc) << "damaged";
  EXPECT_THROW(table(), Error);
}

TEST_F(Alerts, HaveAllThatTheirProducerWrote) {
  write_input(input_folder());
  const Json alert = record("a").value();
  EXPECT_EQ(alert.at("severity"), "high") << "of the newest version";
  EXPECT_EQ(alert.at("description"), "said <b>this</b>");
  EXPECT_EQ(alert.at("evidence_json"), R"({"n":1})");
  EXPECT_EQ(alert.at("risk_indicators"), Json::parse(R"(["p", "q"])"));
  EXPECT_TRUE(alert.at("pattern_id").is_null());
}

TEST_F(Alerts, HaveTheirClustersBestFirst) {
  write_input(input_folder());
  const Json clusters = record("a").value().at("clusters");
  ASSERT_EQ(clusters.size(), 2);
  EXPECT_EQ(clusters[0].at("cluster_id"), "c") << "has a score, and a as its primary alert";
  EXPECT_EQ(clusters[0].at("score"), 0.5);
  EXPECT_EQ(clusters[0].at("earliest_alert_timestamp"), 2000);
  EXPECT_TRUE(clusters[1].at("score").is_null());
  fs::remove(input_folder() / sot::kClustersFile);
  EXPECT_TRUE(record("a").value().at("clusters").is_null());
}

TEST_F(Alerts, AreNotInventedNorInjected) {
  write_input(input_folder());
  EXPECT_FALSE(record("c"));
  EXPECT_FALSE(record("' OR 1=1 --"));
  EXPECT_FALSE(record(""));
}

TEST_F(Alerts, ChangeTheInputsIdentityWhereAFileIsReplaced) {
  write_input(input_folder());
  const std::string before = input().identity;
  EXPECT_EQ(input().identity, before);
  write_clusters(input_folder());
  EXPECT_NE(input().identity, before);
}

}  // namespace
}  // namespace aml::evidence
