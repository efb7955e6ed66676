#include <fmt/format.h>

#include <array>
#include <optional>

#include "api/routes.h"
#include "base/error.h"
#include "http/conditional.h"
#include "http/list_answer.h"
#include "http/negotiation.h"

namespace aml::api {

namespace {

using http::ListQuery;

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kNdjson = "application/x-ndjson";
constexpr std::string_view kParquet = "application/vnd.apache.parquet";
constexpr std::array kTypes{kJson, kNdjson, kParquet};
constexpr std::array kKnown{ListQuery::kLimit, ListQuery::kOffset, ListQuery::kMinScore,
                            ListQuery::kExplain};

constexpr const char* kVary = "Accept, Accept-Encoding";

struct Asked {
  const TableKind& kind;
  ListQuery query;
  std::string_view type;
  std::string_view coding;
};

// Adds the body; false without patience.
bool add_body(const Exchange& exchange, const Asked& asked, Response& response) {
  if (asked.type == kParquet) {
    response.body = file_bytes(exchange, asked.kind);
    return response.body != nullptr;
  }
  const auto rows = table(exchange, asked.kind);
  if (!rows) return false;
  return http::add_list(
      exchange.cache, exchange.patience,
      {.rows = std::shared_ptr<const http::RowText>(rows, &rows->list()),
       .query = asked.query,
       .format = asked.type == kJson ? http::RowFormat::json : http::RowFormat::lines,
       .coding = asked.coding,
       .key = cache_key(*exchange.day, fmt::format("list {}", asked.kind.file))},
      response);
}

Answer list(const Exchange& exchange, const TableKind& kind) {
  ListQuery query = http::parse_list_query(exchange.target, kKnown);
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
  const auto coding = *type == kParquet ? std::optional<std::string_view>("identity")
                                        : http::wanted_coding(exchange.request);
  if (!coding) return http::no_coding();

  requested_day(exchange);
  const auto tag = etag(exchange, kind.file, fmt::format("{} {} {}", query.text(), *type, *coding));
  if (!tag) return std::nullopt;
  Response response = http::conditional(
      exchange.request, http::Representation{.etag = *tag,
                                             .cache_control = std::string(cache_control(exchange)),
                                             .content_type = std::string(*type),
                                             .coding = *coding,
                                             .vary = kVary});
  if (response.status == 200 && !add_body(exchange, {kind, query, *type, *coding}, response)) {
    return std::nullopt;
  }
  return response;
}

}  // namespace

Answer alert_scores(const Exchange& exchange) { return list(exchange, kAlertScores); }
Answer alert_rankings(const Exchange& exchange) { return list(exchange, kAlertRankings); }
Answer cluster_scores(const Exchange& exchange) { return list(exchange, kClusterScores); }

}  // namespace aml::api
