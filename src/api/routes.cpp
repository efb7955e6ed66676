#include "api/routes.h"

#include <fmt/format.h>

#include "api/evidence_schemas.h"
#include "http/list_query.h"

namespace aml::api {

namespace {

constexpr const char* kJson = "application/json";
constexpr const char* kScores = "Scores";
constexpr const char* kBatches = "Batches";
constexpr const char* kServer = "Server";

constexpr const char* kAlertScoresExample = R"({"processing_date":"2025-10-25","network":"ethereum",
    "window_days":30,"model_version":"1.0.0","total_alerts":500,"scores":[{
      "alert_id":"00744e21-0c4e-506c-a359-bc951507c927","score":0.2513234249550989,
      "model_version":"1.0.0","latency_ms":1.75,"explain_json":
      "{\"base_value\":-1.39,\"top_features\":[\"burst_factor\"],\"feature_contributions\":{\"burst_factor\":0.86},\"feature_values\":{\"burst_factor\":1.5},\"families\":{\"address\":0.86}}"}],
    "metadata":{"processed_at":"2026-11-24T00:06:57Z","total_alerts":500,"model_version":"1.0.0",
      "total_latency_ms":948.0,"avg_latency_ms":1.896}})";
constexpr const char* kRankingsExample = R"({"processing_date":"2025-10-25","network":"ethereum",
    "window_days":30,"model_version":"1.0.0","total_alerts":500,"rankings":[{
      "alert_id":"b61f079c-e787-54e3-a9d3-555cb660d3ad","rank":1,"score":0.9998700886661465}],
    "metadata":{"processed_at":"2026-11-24T00:06:57Z","total_alerts":500,"model_version":"1.0.0",
      "total_latency_ms":12.875986,"avg_latency_ms":0.02575}})";
constexpr const char* kClusterScoresExample = R"({"processing_date":"2025-10-25",
    "network":"ethereum","window_days":30,"model_version":"1.0.0","total_clusters":50,"scores":[{
      "cluster_id":"cluster-17","score":0.75,"model_version":"1.0.0","latency_ms":1.5,
      "explain_json":null}],
    "metadata":{"processed_at":"2026-11-24T00:06:57Z","total_clusters":50,"model_version":"1.0.0",
      "total_latency_ms":75.0,"avg_latency_ms":1.5}})";

http::RouteDoc list_doc(const char* summary, const char* schema, const char* example) {
  const std::string count =
      fmt::format(R"({{"type":"integer","minimum":0,"maximum":{}}})", http::ListQuery::kMaxCount);
  return {
      .summary = summary,
      .tag = kScores,
      .query = {{"limit", "At most so many rows", count, "10"},
                {"offset", "After leaving out so many", count, "0"},
                {"min_score", "Only rows with at least this score",
                 R"({"type":"number","minimum":0,"maximum":1})", "0.5"},
                {"explain", "false leaves the explanations out", R"({"type":"boolean"})", "true"}},
      .bodies = {{kJson, schema, example},
                 {"application/x-ndjson", R"({"type":"string"})"},
                 {"application/vnd.apache.parquet",
                  R"({"type":"string","contentEncoding":"binary"})"}},
      .is_tagged = true};
}

http::RouteDoc json_doc(const char* summary, const char* tag, const char* schema,
                        const char* example = "") {
  return {.summary = summary, .tag = tag, .bodies = {{kJson, schema, example}}};
}

http::RouteDoc record_doc(const char* summary, const char* schema) {
  http::RouteDoc doc = json_doc(summary, kScores, schema);
  doc.is_tagged = true;
  return doc;
}

}  // namespace

std::vector<Route> all_routes() {
  const http::RouteDoc alerts =
      list_doc("Scored alerts of a day, by alert_id", "AlertScores", kAlertScoresExample);
  const http::RouteDoc rankings =
      list_doc("Alerts of a day by rank", "AlertRankings", kRankingsExample);
  const http::RouteDoc clusters =
      list_doc("Scored clusters of a day, by cluster_id", "ClusterScores", kClusterScoresExample);
  http::RouteDoc made_of =
      json_doc("What a day's batch was made of, by what, in what time", kBatches, "Metadata");
  made_of.is_tagged = true;
  http::RouteDoc described =
      json_doc("What the features of a day's explanations mean", kBatches, "Features",
               R"({"alerts":[{"name":"degree_in","group":"address",
                   "family":"address","meaning":"unique senders to the address",
                   "unit":"addresses","range":"≥ 0","percentiles":[0,1,9]}],
                   "clusters":[],"percentiles":[0,50,100]})");
  described.is_tagged = true;
  http::RouteDoc cards = json_doc("Cards of the models of a day's batch", kBatches, "ModelCards");
  cards.is_tagged = true;
  http::RouteDoc is_healthy = json_doc("Whether there is anything to serve", kServer, "Health");
  is_healthy.refusal_schema = "HealthOrError";
  return {
      {"/scores/alerts/{date}", alert_scores, alerts},
      {"/rankings/alerts/{date}", alert_rankings, rankings},
      {"/scores/clusters/{date}", cluster_scores, clusters},
      {"/alerts/{date}/scores", alert_scores, alerts},
      {"/alerts/{date}/rankings", alert_rankings, rankings},
      {"/clusters/{date}/scores", cluster_scores, clusters},
      {"/alerts/{date}/{alert_id}", one_alert,
       record_doc("Score, rank and explanation of one alert", "Alert")},
      {"/clusters/{date}/{cluster_id}", one_cluster,
       record_doc("Score and explanation of one cluster", "Cluster")},
      {"/table/alerts/{date}", alert_table, alert_table_doc()},
      {"/inputs/alerts/{date}/{alert_id}", alert_input, alert_input_doc()},
      {"/flows/{date}/{address}", address_flows, address_flows_doc()},
      {"/transfers/{date}/{address}", address_transfers, address_transfers_doc()},
      {"/addresses/{address}", address_days, address_days_doc()},
      {"/metadata/{date}", metadata, made_of},
      {"/features/{date}", feature_meanings, described},
      {"/models", model_cards, cards},
      {"/models/{date}", model_cards, cards},
      {"/dates/available", available_dates,
       json_doc("The days that have a batch, newest first", kBatches, "Dates",
                R"({"dates":["2025-10-26","2025-10-25"],"total_count":2})")},
      {"/dates/latest", latest_date,
       json_doc("The newest day and when it was processed", kBatches, "LatestDate",
                R"({"latest_date":"2025-10-26","processed_at":"2025-10-26T21:14:03Z"})")},
      {"/commitments/{date}", commitment_state,
       json_doc("Whether the miner has committed to a day's scores, and to whom it revealed them",
                kBatches, "Commitment",
                R"({"processing_date":"2025-10-26","state":"committed","network":"bitcoin",
                    "clock":"blocks","block":7101940,"open":true,"revealed_to":3,"of":5,
                    "as_of":"2025-10-28T06:00:03Z"})")},
      {"/health", health, is_healthy, true},
      {"/healthz", alive,
       json_doc("Whether the server answers at all", kServer, "Alive", R"({"status":"alive"})"),
       true},
      {"/readyz", ready,
       json_doc(
           "Whether the newest batch is young enough to be of use (--max-age); 503 says why not",
           kServer, "Ready", R"({"status":"ready","latest_date":"2025-10-26","age_seconds":4711})"),
       true},
      {"/version", version,
       json_doc("Versions of this interface and of the models", kServer, "Version",
                R"({"api_version":"1.0.0","model_versions":{"alert_scorer":"1.0.0",
                    "alert_ranker":"1.0.0","cluster_scorer":null}})")},
  };
}

}  // namespace aml::api
