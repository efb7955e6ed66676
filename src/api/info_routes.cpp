#include <fmt/format.h>

#include <iterator>

#include "api/routes.h"
#include "api/schemas.h"
#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/json_text.h"
#include "results/rows.h"

namespace aml::api {

namespace {

constexpr const char* kModels[] = {kAlertScores.model, kAlertRankings.model, kClusterScores.model};

std::string json_text(std::string_view text) {
  std::string json;
  append_json_text(json, text);
  return json;
}

// {"alert_scorer":…,…} with `value(model)` for each.
template <typename Value>
std::string by_model(Value value) {
  std::string json = "{";
  for (const char* model : kModels) {
    if (json.size() > 1) json += ',';
    fmt::format_to(std::back_inserter(json), "\"{}\":{}", model, value(model));
  }
  return json + "}";
}

Response answer(std::string json, const char* cache_control) {
  return {.fields = {{"Cache-Control", cache_control}}, .body = http::make_body(std::move(json))};
}

}  // namespace

Answer metadata(const Exchange& exchange) {
  http::refuse_parameters(exchange.target);
  if (auto refused = refuse_other_than_json(exchange)) return refused;
  const Day& day = requested_day(exchange);
  const std::string hash = hash_text(HashKind::sha256, day.metadata_text).substr(0, 32);
  return tagged(exchange, "\"" + hash + "\"", day.metadata_text);
}

Answer feature_meanings(const Exchange& exchange) {
  http::refuse_parameters(exchange.target);
  if (auto refused = refuse_other_than_json(exchange)) return refused;
  const Day& day = requested_day(exchange);
  const bool is_said = file_size_if_exists(day.directory / results::kFeaturesFile).has_value();
  if (!is_said) {
    // A batch of an earlier version.
    return tagged(exchange, "\"no-features\"",
                  http::make_body("{\"alerts\":[],\"clusters\":[]}\n"));
  }
  const auto tag = etag(exchange, results::kFeaturesFile, "features");
  if (!tag) return std::nullopt;
  const Body body = json_bytes(exchange, results::kFeaturesFile, results::kMostMetadataBytes);
  if (!body) return std::nullopt;
  return tagged(exchange, *tag, body);
}

Answer available_dates(const Exchange& exchange) {
  http::refuse_parameters(exchange.target);
  if (auto refused = refuse_other_than_json(exchange)) return refused;
  const std::vector<Date> dates = exchange.archive.dates();
  std::string json = "{\"dates\":[";
  for (const Date date : dates) {
    if (json.back() != '[') json += ',';
    json += json_text(date.text());
  }
  json += fmt::format("],\"total_count\":{}}}\n", dates.size());
  return answer(std::move(json), "no-cache");
}

Answer latest_date(const Exchange& exchange) {
  http::refuse_parameters(exchange.target);
  if (auto refused = refuse_other_than_json(exchange)) return refused;
  const auto newest = exchange.archive.newest();
  if (!newest) throw Error(ErrorKind::unavailable, "no batch has been published yet");
  return answer(
      fmt::format("{{\"latest_date\":{},\"processed_at\":{}}}\n", json_text(newest->date.text()),
                  json_text(newest->metadata.processed_at)),
      "no-cache");
}

Answer health(const Exchange& exchange) {
  http::refuse_parameters(exchange.target);
  if (auto refused = refuse_other_than_json(exchange)) return refused;
  const auto newest = exchange.archive.newest();
  const std::string loaded = by_model([&](const char* model) {
    return newest && !newest->metadata.model_version(model).empty() ? "true" : "false";
  });
  Response response =
      answer(fmt::format("{{\"status\":\"{}\",\"timestamp\":\"{}\",\"version\":\"{}\","
                         "\"models_loaded\":{},\"latest_date\":{}}}\n",
                         newest ? "healthy" : "degraded", utc_now(), AML_VERSION, loaded,
                         newest ? json_text(newest->date.text()) : "null"),
             "no-store");
  response.status = newest ? 200 : 503;
  return response;
}

Answer version(const Exchange& exchange) {
  http::refuse_parameters(exchange.target);
  if (auto refused = refuse_other_than_json(exchange)) return refused;
  const auto newest = exchange.archive.newest();
  const std::string versions = by_model([&](const char* model) {
    const std::string known = newest ? newest->metadata.model_version(model) : "";
    return known.empty() ? std::string("null") : json_text(known);
  });
  return answer(
      fmt::format("{{\"api_version\":\"{}\",\"model_versions\":{}}}\n", kApiVersion, versions),
      "no-cache");
}

}  // namespace aml::api
