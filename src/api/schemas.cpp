#include "api/schemas.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "api/evidence_schemas.h"
#include "base/json_text.h"
#include "features/feature_list.h"

namespace aml::api {

namespace {

constexpr const char* kDate = R"({"type":"string","format":"date"})";
constexpr const char* kTime = R"({"type":"string","format":"date-time"})";
constexpr const char* kCount = R"({"type":"integer","minimum":0})";
constexpr const char* kScore = R"({"type":"number","minimum":0,"maximum":1})";
constexpr const char* kProbability =
    R"({"type":["number","null"],"minimum":0,"maximum":1,"description":"that a report is filed; null of a model without a calibration"})";
constexpr const char* kVersion = R"({"type":"string","examples":["1.0.0"]})";
constexpr const char* kText = R"({"type":"string"})";
constexpr const char* kMilliseconds = R"({"type":"number","minimum":0})";

constexpr const char* kAlertExplanation = "AlertExplanation";
constexpr const char* kClusterExplanation = "ClusterExplanation";

struct Member {
  const char* name;
  std::string schema;
};

// An object that has all the members, may have those of `optional`, and may have others.
std::string object(const std::vector<Member>& members, const std::vector<Member>& optional = {}) {
  std::string required;
  std::string properties;
  const auto describe = [&](const Member& member) {
    properties +=
        fmt::format("{}\"{}\":{}", properties.empty() ? "" : ",", member.name, member.schema);
  };
  for (const Member& member : members) {
    required += fmt::format("{}\"{}\"", required.empty() ? "" : ",", member.name);
    describe(member);
  }
  for (const Member& member : optional) describe(member);
  return fmt::format(R"({{"type":"object","required":[{}],"properties":{{{}}}}})", required,
                     properties);
}

std::string reference(const char* name) {
  return fmt::format(R"({{"$ref":"#/components/schemas/{}"}})", name);
}

std::string list_of(const std::string& schema) {
  return fmt::format(R"({{"type":"array","items":{}}})", schema);
}

std::string with(const std::string& base, const std::string& more) {
  return fmt::format(R"({{"allOf":[{},{}]}})", base, more);
}

// A list's frame around its rows.
std::string list_body(const char* total, const char* rows, const char* row) {
  return object({{"processing_date", kDate},
                 {"network", kText},
                 {"window_days", kCount},
                 {"model_version", kText},
                 {total, kCount},
                 {rows, list_of(reference(row))},
                 {"metadata", object({{"processed_at", kText},
                                      {total, kCount},
                                      {"model_version", kText},
                                      {"total_latency_ms", kMilliseconds},
                                      {"avg_latency_ms", kMilliseconds}})}});
}

std::string scored_row(const char* id) {
  return object({{id, kText},
                 {"score", kScore},
                 {"probability", kProbability},
                 {"model_version", kVersion},
                 {"latency_ms", kMilliseconds}});
}

// The text of an explanation, which holds JSON of the named schema.
std::string explanation(const char* schema) {
  return fmt::format(
      R"({{"type":["string","null"],"contentMediaType":"application/json","contentSchema":{},
          "description":"JSON: base_value, top_features, feature_contributions, feature_values, families"}})",
      reference(schema));
}

// What such a text holds; `values` is the schema of its feature_values.
std::string explanation_content(const char* values) {
  const char* const number = R"({"type":"number"})";
  const std::string numbers =
      fmt::format(R"({{"type":"object","additionalProperties":{}}})", number);
  return object({{"base_value", number},
                 {"top_features", list_of(kText)},
                 {"feature_contributions", numbers},
                 {"feature_values", reference(values)}},
                {{"families", numbers},
                 {"other_contributions", numbers},
                 {"other_values", reference(values)}});
}

// In batches for which `process` was told of lists.
constexpr const char* kSanctioned =
    R"("sanctioned":{"type":"boolean","description":"whether the alert's address is on a sanctions list, whatever the score; only where process was told of lists"})";

// With the explanation, which a list leaves out where it is told to.
std::string explained_row(const char* id, const char* schema, const char* more = "") {
  return with(scored_row(id), fmt::format(R"({{"properties":{{"explain_json":{}{}{}}}}})",
                                          explanation(schema), *more == 0 ? "" : ",", more));
}

// Of a rank whose model is another than the one that scores.
std::string rank_explanation() {
  return fmt::format(R"({{"properties":{{"rank_explain_json":{}}}}})",
                     explanation(kAlertExplanation));
}

// Of the first ranks, where process was asked for it.
constexpr const char* kCounterfactual = R"({"properties":{"counterfactual":{"type":"object",
  "description":"the nearest change that would take the alert out of the first ranks",
  "required":["first_ranks","is_complete","changes"],"properties":{
    "first_ranks":{"type":"integer","minimum":1},
    "is_complete":{"type":"boolean","description":"whether no nearer one is possible"},
    "score":{"type":"number","description":"then"},
    "distance":{"type":"number","description":"the sum of the changes'"},
    "changes":{"type":"array","maxItems":3,"items":{"type":"object",
      "required":["feature","from","to","distance"],"properties":{
        "feature":{"type":"string"},"from":{"type":"number"},"to":{"type":"number"},
        "distance":{"type":"number","description":"share of the day's alerts between the values"}}}}}}}})";

// Likewise, where a model sees a first stage.
constexpr const char* kFirstStage = R"({"properties":{"first_stage":{"type":"object",
  "description":"what the first model says of the alert's address and of its counterparties, and why",
  "required":["address","score","reasons","counterparties","highest_counterparties"],"properties":{
    "address":{"type":"string"},"score":{"type":"number"},"reasons":{"type":"array","maxItems":5},
    "counterparties":{"type":"integer"},"counterparties_in_highest_hundredth":{"type":"integer"},
    "highest_counterparties":{"type":"array","maxItems":5,"items":{"type":"object",
      "required":["address","score","reasons","amount_usd"]}}}}}})";

std::string by_model(const char* schema) {
  return object({{"alert_scorer", schema}, {"alert_ranker", schema}, {"cluster_scorer", schema}});
}

std::string nullable(const std::string& schema) {
  return fmt::format(R"({{"anyOf":[{},{{"type":"null"}}]}})", schema);
}

const std::string& frame() {
  static const std::string json =
      object({{"processing_date", kDate}, {"network", kText}, {"window_days", kCount}});
  return json;
}

using Schemas = std::vector<std::pair<std::string, std::string>>;

// Of what does not depend on a day's batch.
Schemas schemas_of_service() {
  const std::string optional_version = R"({"type":["string","null"]})";
  const std::string health = object({{"status", R"({"enum":["healthy","degraded"]})"},
                                     {"timestamp", kTime},
                                     {"version", kVersion},
                                     {"models_loaded", by_model(R"({"type":"boolean"})")},
                                     {"latest_date", nullable(kDate)}});
  return {
      {"Commitment", object({{"processing_date", kDate},
                             {"state", R"({"enum":["unknown","not committed","committed"]})"}},
                            {{"network", kText},
                             {"clock", R"({"enum":["blocks","seconds"]})"},
                             {"block", R"({"type":["integer","null"]})"},
                             {"open", R"({"type":"boolean"})"},
                             {"revealed_to", kCount},
                             {"of", R"({"type":["integer","null"],"minimum":0})"},
                             {"as_of", kText}})},
      {"Networks",
       object(
           {{"networks", list_of(kText)}, {"network", kText}},
           {{"explorers",
             R"({"type":"object","description":"by network: where a block explorer shows an address, with {address} in its place; of serve --explorer",
                    "additionalProperties":{"type":"object","required":["address"],"properties":{"address":{"type":"string"}}}})"}})},
      {"Health", health},
      {"HealthOrError", R"({"anyOf":[{"$ref":"#/components/schemas/Health"},
                                     {"$ref":"#/components/schemas/Error"}]})"},
      {"Alive", object({{"status", R"({"const":"alive"})"}})},
      {"Ready", object({{"status", R"({"const":"ready"})"},
                        {"latest_date", kDate},
                        {"age_seconds", R"({"type":"integer"})"}})},
      {"Version",
       object({{"api_version", kVersion}, {"model_versions", by_model(optional_version.c_str())}})},
  };
}

// Of what stands in a batch.
Schemas schemas_of_batches() {
  const std::string rank = R"({"type":"integer","minimum":1})";
  const features::FeatureSql built_in = features::prepare_sql(features::built_in_sql());
  return {
      {"AlertFeatureValues", features::value_schema(built_in, features::RowKind::alert)},
      {"ClusterFeatureValues", features::value_schema(built_in, features::RowKind::cluster)},
      {kAlertExplanation, explanation_content("AlertFeatureValues")},
      {kClusterExplanation, explanation_content("ClusterFeatureValues")},
      {"AlertScore", explained_row("alert_id", kAlertExplanation, kSanctioned)},
      {"AlertScores", list_body("total_alerts", "scores", "AlertScore")},
      {"AlertRanking", with(with(object({{"alert_id", kText}, {"rank", rank}, {"score", kScore}}),
                                 rank_explanation()),
                            fmt::format(R"({{"properties":{{{}}}}})", kSanctioned))},
      {"AlertRankings", list_body("total_alerts", "rankings", "AlertRanking")},
      {"ClusterScore", explained_row("cluster_id", kClusterExplanation)},
      {"ClusterScores", list_body("total_clusters", "scores", "ClusterScore")},
      {"Alert", with(with(with(reference("AlertScore"), frame()),
                          object({{"explain_json", explanation(kAlertExplanation)},
                                  {"rank", R"({"type":["integer","null"],"minimum":1})"}})),
                     with(with(rank_explanation(), kCounterfactual), kFirstStage))},
      {"Cluster", with(with(reference("ClusterScore"), frame()),
                       object({{"explain_json", explanation(kClusterExplanation)}}))},
      {"Metadata", object({{"program", kText},
                           {"program_version", kText},
                           {"processing_date", kDate},
                           {"processed_at", kText},
                           {"models", R"({"type":"object"})"},
                           {"snapshot_sha256", kText}})},
      {"Feature", object({{"name", kText},
                          {"group", kText},
                          {"meaning", kText},
                          {"unit", kText},
                          {"range", R"({"type":["string","null"]})"}},
                         {{"family", kText}, {"percentiles", list_of(R"({"type":"number"})")}})},
      {"Features", object({{"alerts", list_of(reference("Feature"))},
                           {"clusters", list_of(reference("Feature"))}},
                          {{"percentiles", list_of(R"({"type":"integer"})")}})},
      {"ModelCards", R"({"type":"object","additionalProperties":{"type":["object","null"]}})"},
      {"Dates", object({{"dates", list_of(kDate)}, {"total_count", kCount}})},
      {"LatestDate", object({{"latest_date", kDate}, {"processed_at", kText}})},
  };
}

Schemas schemas() {
  Schemas all = schemas_of_batches();
  std::ranges::move(schemas_of_service(), std::back_inserter(all));
  return all;
}

// What an id may be in an address: text without control characters.
constexpr const char* kId =
    R"({"type":"string","minLength":1,"maxLength":256,"pattern":"^[^\\u0000-\\u001f\\u007f]+$"})";
constexpr const char* kAddress =
    R"({"type":"string","minLength":1,"pattern":"^[^\\u0000-\\u001f\\u007f]+$"})";

}  // namespace

http::OpenApi api_description() {
  auto all = schemas();
  for (auto& schema : evidence_schemas()) all.push_back(std::move(schema));
  return {
      .title = "aml-miner",
      .version = kApiVersion,
      .description =
          "Risk scores of a day's anti-money-laundering alerts, with exact "
          "explanations. Every address answers HEAD too; every refusal is "
          "`{\"detail\": \"what and why\"}`.",
      .schemas = std::move(all),
      .path_parameters = {{"date", "A day that has a batch, or `latest` for the newest",
                           R"({"anyOf":[{"const":"latest"},{"type":"string","format":"date"}]})",
                           "\"latest\""},
                          {"alert_id", "As in the lists; a slash is written %2F", kId,
                           "\"b61f079c-e787-54e3-a9d3-555cb660d3ad\""},
                          {"cluster_id", "As in the lists; a slash is written %2F", kId,
                           "\"cluster-17\""},
                          {"address", "As in the input; a slash is written %2F", kAddress,
                           "\"bc1qh0uyp3kqv6s8rkaa9mxmjjptw0xln77g6c7\""}},
      .needs_token = false,
  };
}

http::RouteDoc networks_doc() {
  return {.summary = "The networks of this server, and which of them answers",
          .tag = "Server",
          .bodies = {{"application/json", "Networks",
                      R"({"networks":["bitcoin","ethereum"],"network":"bitcoin",
                          "explorers":{"bitcoin":{"address":"https://explorer.example/address/{address}"}}})"}}};
}

http::ParameterDoc network_parameter(const std::vector<std::string>& networks) {
  std::string names;
  for (const std::string& name : networks) {
    names += (names.empty() ? "" : ",");
    append_json_text(names, name);
  }
  return {"network",
          "Which network answers; it may also stand before the path, and where none is named the "
          "first one answers",
          fmt::format(R"({{"enum":[{}]}})", names), "\"" + networks.front() + "\""};
}

}  // namespace aml::api
