#include <fmt/format.h>

#include <array>

#include "api/routes.h"
#include "base/error.h"
#include "http/compression.h"
#include "http/negotiation.h"

namespace aml::api {

namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kNdjson = "application/x-ndjson";
constexpr std::string_view kParquet = "application/vnd.apache.parquet";
constexpr std::array kTypes{kJson, kNdjson, kParquet};

constexpr const char* kVary = "Accept, Accept-Encoding";

// The body of a list in one media type and content coding; null without patience.
Body list_body(const Exchange& exchange, const TableKind& kind, const ListQuery& query,
               std::string_view type, std::string_view coding) {
  if (type == kJson && coding == "identity" && query.everything()) {
    const auto all = table(exchange, kind);
    return all ? Body(all, &all->body()) : nullptr;  // shares the table's text
  }
  const std::string key = cache_key(
      *exchange.day, fmt::format("list {} {} {} {}", kind.file, query.text(), type, coding));
  return exchange.cache.get<std::string>(key, exchange.patience, [&] {
    std::string bytes;
    if (coding == "identity") {
      const auto rows = table(exchange, kind);
      bytes = type == kJson ? rows->json(query) : rows->ndjson(query);
    } else {
      bytes = http::encode(coding, *list_body(exchange, kind, query, type, "identity"));
    }
    const Body body = http::make_body(std::move(bytes));
    return http::Cache::Made<std::string>{body, kept_bytes(body->capacity())};
  });
}

Answer list(const Exchange& exchange, const TableKind& kind) {
  ListQuery query = parse_list_query(exchange.target);
  // Rankings have no explanations to leave out.
  if (!kind.explained) query.explain = true;
  const auto type = http::choose_type(exchange.request.fields.joined("Accept"), kTypes);
  if (!type) {
    return http::refusal(
        406, fmt::format("this address answers with {}, {} or {}", kJson, kNdjson, kParquet));
  }
  if (*type == kParquet && !exchange.target.parameters.empty()) {
    throw Error(ErrorKind::usage,
                "the Parquet file is sent whole: leave the parameters out, or ask for JSON");
  }
  // Parquet is compressed already.
  const auto coding = http::choose_encoding(
      *type == kParquet ? "" : exchange.request.fields.joined("Accept-Encoding"));
  if (!coding) return http::refusal(406, "this address answers in zstd, gzip or identity coding");

  requested_day(exchange);
  const auto tag = etag(exchange, kind.file, fmt::format("{} {} {}", query.text(), *type, *coding));
  if (!tag) return std::nullopt;
  Body body;
  if (!client_has(exchange, *tag)) {
    body = *type == kParquet ? file_bytes(exchange, kind)
                             : list_body(exchange, kind, query, *type, *coding);
    if (!body) return std::nullopt;
  }
  Response response = tagged(exchange, *tag, std::move(body));
  response.content_type = *type;
  response.fields.emplace_back("Vary", kVary);
  if (*coding != "identity" && response.status == 200) {
    response.fields.emplace_back("Content-Encoding", *coding);
  }
  return response;
}

}  // namespace

Answer alert_scores(const Exchange& exchange) { return list(exchange, kAlertScores); }
Answer alert_rankings(const Exchange& exchange) { return list(exchange, kAlertRankings); }
Answer cluster_scores(const Exchange& exchange) { return list(exchange, kClusterScores); }

}  // namespace aml::api
