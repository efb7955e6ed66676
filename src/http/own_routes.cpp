#include "http/own_routes.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "http/conditional.h"
#include "http/negotiation.h"

namespace aml::http {

namespace {

constexpr std::string_view kJson = "application/json";

}  // namespace

std::optional<Response> refuse_other_than(std::string_view type, const Request& request) {
  const std::array<std::string_view, 1> offered{type};
  if (!choose_type(request.fields.joined("Accept"), offered)) {
    return refusal(406, fmt::format("this address answers with {} only", type));
  }
  if (choose_encoding(request.fields.joined("Accept-Encoding"))) return std::nullopt;
  return refusal(406, "this address answers with Accept-Encoding zstd, gzip or identity only");
}

Route metrics_route(const Metrics& metrics) {
  static constexpr std::string_view kPlain = "text/plain";
  return {.pattern = "/metrics",
          .answer = [&metrics](const Call& call) -> Answer {
            refuse_parameters(call.target);
            if (auto refused = refuse_other_than(kPlain, call.request)) return refused;
            if (!call.patient) return std::nullopt;
            return Response{.content_type = std::string(Metrics::kContentType),
                            .fields = {{"Cache-Control", "no-store"}},
                            .body = make_body(metrics.text())};
          },
          .doc = {.summary = "What the server did, for Prometheus",
                  .tag = "Server",
                  .bodies = {{std::string(kPlain), R"({"type":"string"})"}}}};
}

Route openapi_route(const OpenApi& api, std::span<const Route> routes) {
  Route route{.pattern = "/openapi.json",
              .answer = {},
              .doc = {.summary = "This description",
                      .tag = "Server",
                      .bodies = {{std::string(kJson), R"({"type":"object"})"}},
                      .is_tagged = true},
              .open = true};
  std::vector<Route> all(routes.begin(), routes.end());
  all.push_back(route);
  std::string text = openapi_json(api, all);
  const std::string etag = "\"" + content_tag(text) + "\"";
  route.answer = [body = make_body(std::move(text)), etag](const Call& call) -> Answer {
    refuse_parameters(call.target);
    if (auto refused = refuse_other_than(kJson, call.request)) return refused;
    Response response = conditional(call.request, Representation{.etag = etag});
    if (response.status == 200) response.body = body;
    return response;
  };
  return route;
}

}  // namespace aml::http
