#include <fmt/format.h>

#include <iterator>

#include "api/routes.h"
#include "api/schemas.h"
#include "base/error.h"
#include "base/files.h"
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
  return tagged(exchange, "\"" + day.tag + "\"", day.metadata_text);
}

namespace {

// A file of JSON in the day's batch, or `otherwise` of a batch of an earlier version without it.
Answer file_of_batch(const Exchange& exchange, const char* file, const char* representation,
                     const char* otherwise) {
  http::refuse_parameters(exchange.target);
  if (auto refused = refuse_other_than_json(exchange)) return refused;
  const Day& day = requested_day(exchange);
  if (!file_size_if_exists(day.directory / file)) {
    return tagged(exchange, fmt::format("\"no-{}\"", representation), http::make_body(otherwise));
  }
  const auto tag = etag(exchange, file, representation);
  if (!tag) return std::nullopt;
  const Body body = json_bytes(exchange, file, results::kMostMetadataBytes);
  if (!body) return std::nullopt;
  return tagged(exchange, *tag, body);
}

}  // namespace

Answer feature_meanings(const Exchange& exchange) {
  return file_of_batch(exchange, results::kFeaturesFile, "features",
                       "{\"alerts\":[],\"clusters\":[]}\n");
}

Answer model_cards(const Exchange& exchange) {
  return file_of_batch(exchange, results::kModelCardsFile, "model-cards", "{}\n");
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

Answer alive(const Exchange& exchange) {
  http::refuse_parameters(exchange.target);
  if (auto refused = refuse_other_than_json(exchange)) return refused;
  return answer("{\"status\":\"alive\"}\n", "no-store");
}

Answer ready(const Exchange& exchange) {
  http::refuse_parameters(exchange.target);
  if (auto refused = refuse_other_than_json(exchange)) return refused;
  const auto newest = exchange.archive.newest();
  if (!newest) throw Error(ErrorKind::unavailable, "no batch has been published yet");
  // By the day and not by when it was processed: an old day that is processed again is no news.
  const std::chrono::seconds age =
      std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) -
      newest->date.days();
  if (age > exchange.max_age) {
    constexpr double kHour = 3600;
    throw Error(ErrorKind::unavailable,
                fmt::format("the newest batch is of {}, a day that began {:.1f} hours ago, and "
                            "{:.1f} are allowed (--max-age)",
                            newest->date.text(), static_cast<double>(age.count()) / kHour,
                            static_cast<double>(exchange.max_age.count()) / kHour));
  }
  return answer(fmt::format("{{\"status\":\"ready\",\"latest_date\":{},\"age_seconds\":{}}}\n",
                            json_text(newest->date.text()), age.count()),
                "no-store");
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
