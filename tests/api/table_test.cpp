#include "api/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

namespace aml::api {
namespace {

using ::testing::ElementsAre;
using Json = nlohmann::ordered_json;

results::Metadata metadata() {
  results::Metadata metadata;
  metadata.processing_date = "2025-10-26";
  metadata.network = "bit\"coin";
  metadata.window_days = 7;
  metadata.processed_at = "2025-10-26T21:14:03Z";
  metadata.latencies_ms = {{"rank_alerts", 6}};
  metadata.models = {{"alert_scorer", {"1.0.0", "", ""}}, {"alert_ranker", {"1.2.0", "", ""}}};
  return metadata;
}

Table scores() {
  return {kAlertScores,
          metadata(),
          {{"a", 0.25, "1.0.0", 0.5, "{\"base_value\":1}"},
           {"b", 0.75, "1.0.0", 1.5, ""},
           {"c\n", 0.5, "1.0.0", 1, "{\"x\":\"ü\"}"}}};
}

// The body with the rows that a query chooses, and the rows alone, one a line.
std::string chosen(const Table& table, const http::ListQuery& query, http::RowFormat format) {
  const std::shared_ptr<const http::RowText> list(&table.list(), [](const auto*) {});
  return http::read_all(*http::choose_rows(list, query, format));
}
std::string json(const Table& table, const http::ListQuery& query) {
  return chosen(table, query, http::RowFormat::json);
}
std::string ndjson(const Table& table, const http::ListQuery& query) {
  return chosen(table, query, http::RowFormat::lines);
}

std::vector<std::string> ids(const std::string& body) {
  std::vector<std::string> ids;
  const Json json = Json::parse(body);
  for (const auto& row : json.at("scores")) ids.push_back(row.at("alert_id"));
  return ids;
}

TEST(Table, WritesTheBodyOfScores) {
  EXPECT_EQ(Json::parse(json(scores(), {})), Json::parse(R"({
    "processing_date": "2025-10-26", "network": "bit\"coin", "window_days": 7,
    "model_version": "1.0.0", "total_alerts": 3,
    "scores": [
      {"alert_id": "a", "score": 0.25, "probability": null, "model_version": "1.0.0", "latency_ms": 0.5,
       "explain_json": "{\"base_value\":1}"},
      {"alert_id": "b", "score": 0.75, "probability": null, "model_version": "1.0.0", "latency_ms": 1.5,
       "explain_json": null},
      {"alert_id": "c\n", "score": 0.5, "probability": null, "model_version": "1.0.0", "latency_ms": 1.0,
       "explain_json": "{\"x\":\"ü\"}"}],
    "metadata": {"processed_at": "2025-10-26T21:14:03Z", "total_alerts": 3,
                 "model_version": "1.0.0", "total_latency_ms": 3.0, "avg_latency_ms": 1.0}})"));
}

TEST(Table, WritesTheBodyOfRankings) {
  const Table table(kAlertRankings, metadata(),
                    std::vector<results::RankedRow>{{"b", 1, 0.9}, {"a", 2, 0.1}});
  EXPECT_EQ(Json::parse(json(table, {})), Json::parse(R"({
    "processing_date": "2025-10-26", "network": "bit\"coin", "window_days": 7,
    "model_version": "1.2.0", "total_alerts": 2,
    "rankings": [{"alert_id": "b", "rank": 1, "score": 0.9},
                 {"alert_id": "a", "rank": 2, "score": 0.1}],
    "metadata": {"processed_at": "2025-10-26T21:14:03Z", "total_alerts": 2,
                 "model_version": "1.2.0", "total_latency_ms": 6, "avg_latency_ms": 3}})"));
}

TEST(Table, OfADayWithoutRowsIsAnEmptyList) {
  const Table table(kClusterScores, metadata(), std::vector<results::ScoredRow>{});
  const Json body = Json::parse(json(table, {}));
  EXPECT_EQ(body.at("total_clusters"), 0);
  EXPECT_TRUE(body.at("scores").empty());
  EXPECT_EQ(body.at("metadata").at("avg_latency_ms"), 0);
  EXPECT_EQ(ndjson(table, {}), "");
  EXPECT_FALSE(table.find("a"));
}

TEST(Table, ChoosesRowsAndCountsThemAll) {
  const Table table = scores();
  EXPECT_THAT(ids(json(table, {.limit = 2})), ElementsAre("a", "b"));
  EXPECT_THAT(ids(json(table, {.limit = 5, .offset = 1})), ElementsAre("b", "c\n"));
  EXPECT_THAT(ids(json(table, {.min_score = 0.5})), ElementsAre("b", "c\n"));
  EXPECT_THAT(ids(json(table, {.limit = 1, .offset = 1, .min_score = 0.5})), ElementsAre("c\n"));
  EXPECT_THAT(ids(json(table, {.limit = 0})), ElementsAre());
  EXPECT_THAT(ids(json(table, {.offset = 1ULL << 63})), ElementsAre());
  EXPECT_EQ(Json::parse(json(table, {.limit = 1})).at("total_alerts"), 3);
}

TEST(Table, LeavesExplanationsOut) {
  const Json body = Json::parse(json(scores(), {.explain = false}));
  EXPECT_EQ(
      body.at("scores").at(0),
      Json::parse(
          R"({"alert_id":"a","score":0.25,"probability": null, "model_version":"1.0.0","latency_ms":0.5})"));
}

TEST(Table, WritesALinePerRow) {
  std::istringstream lines(ndjson(scores(), {.offset = 1}));
  const Json all = Json::parse(json(scores(), {}));
  std::string line;
  for (const std::size_t row : {1U, 2U}) {
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_EQ(Json::parse(line), all.at("scores").at(row));
  }
  EXPECT_FALSE(std::getline(lines, line));
}

TEST(Table, FindsRowsByIdInAnyOrder) {
  const Table table(kAlertRankings, metadata(),
                    std::vector<results::RankedRow>{{"m", 1, 0.9}, {"a", 2, 0.5}, {"z", 3, 0.1}});
  EXPECT_EQ(table.find("a"), 1U);
  EXPECT_EQ(table.find("z"), 2U);
  EXPECT_FALSE(table.find("b"));
  EXPECT_FALSE(table.find(""));
  EXPECT_EQ(Json::parse(table.object(*table.find("m"))).at("rank"), 1);
}

}  // namespace
}  // namespace aml::api
