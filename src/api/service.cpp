#include "api/service.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "api/batch_gauges.h"
#include "api/exchange.h"
#include "api/schemas.h"
#include "base/error.h"
#include "base/json_text.h"
#include "http/openapi.h"
#include "http/own_routes.h"

namespace aml::api {

namespace {

bool is_reading(const http::Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

// Everything in a request that an answer depends on, but the token.
void key_of(const http::Request& request, bool has_origins, std::string& key) {
  key = request.target;
  const auto add = [&](std::string_view name) {
    key += '\n';
    for (std::size_t i = 0; i < request.fields.size(); ++i) {
      const auto [sent, value] = request.fields.at(i);
      if (sent.size() != name.size() || !http::is_same_name(sent, name)) continue;
      key += value;
      key += ',';
    }
  };
  add("Accept");
  add("Accept-Encoding");
  add("If-None-Match");
  if (has_origins) add("Origin");
}

// Whether the answer stays the same as long as the batches do. Those that say "no-store" tell the
// time, or count.
bool is_lasting(const http::Response& response) {
  return std::none_of(response.fields.begin(), response.fields.end(), [](const auto& field) {
    return field.first == "Cache-Control" && field.second == "no-store";
  });
}

http::Response networks_answer(const std::vector<std::string>& all, const std::string& own,
                               const std::string& explorers) {
  std::string json = "{\"networks\":[";
  for (const std::string& name : all) {
    if (json.back() != '[') json += ',';
    append_json_text(json, name);
  }
  json += "],\"network\":";
  append_json_text(json, own);
  if (!explorers.empty()) json += ",\"explorers\":" + explorers;
  return {.fields = {{"Cache-Control", "no-cache"}}, .body = http::make_body(json + "}\n")};
}

// A batch that is replaced while it is read is asked for again, so often.
constexpr int kAttempts = 5;

}  // namespace

Service::Service(const ServiceOptions& options)
    : archive_(options.output_root, options.is_held, options.network),
      inputs_(options.input_root, options.input_limits),
      cache_(*options.budget),
      watch_(options.output_root),
      has_embargo_(options.is_held != nullptr),
      access_(options.router.access),
      max_age_(options.max_age),
      commitments_(options.commitments),
      has_origins_(!options.router.cors_origins.empty()),
      pages_(options.web / "pages"),
      vendor_(options.web / "vendor"),
      router_(routes(options), options.router) {}

std::vector<http::Route> Service::routes(const ServiceOptions& options) {
  std::vector<http::Route> routes;
  for (const Route& route : all_routes()) {
    routes.push_back(
        {.pattern = route.pattern,
         .answer = [this, route](const http::Call& call) { return answer_route(route, call); },
         .doc = route.doc,
         .open = route.open});
  }
  if (options.metrics != nullptr) {
    http::Budget& budget = *options.budget;
    options.metrics->add_gauge(
        "aml_cache_bytes", "Bytes of answers that are kept",
        [this] { return static_cast<double>(cache_.bytes()); }, options.network);
    options.metrics->add_gauge("aml_answer_bytes", "Bytes of answers that are kept or being sent",
                               [&budget] { return static_cast<double>(budget.bytes()); });
    options.metrics->add_gauge("aml_answer_bytes_limit", "What there may be of them (--cache-mb)",
                               [&budget] { return static_cast<double>(budget.max_bytes()); });
    options.metrics->add_gauge("aml_embargo", "1 where days are shown only after their deadline",
                               [this] { return has_embargo_ ? 1.0 : 0.0; });
    add_batch_gauges(*options.metrics, archive_, options.output_root, options.network);
    routes.push_back(http::metrics_route(*options.metrics));
  }
  routes.push_back(networks_route(options));
  if (!options.networks.empty()) {
    for (http::Route& route : routes) {
      if (!route.doc.hidden) route.doc.query.push_back(network_parameter(options.networks));
    }
  }
  http::OpenApi description = api_description();
  description.needs_token = options.router.access && !options.router.access->is_open();
  routes.push_back(http::openapi_route(description, routes));
  routes.push_back(pages_.file_route("/", "analyst/index.html"));
  routes.push_back(pages_.file_route("/docs", "docs/index.html"));
  routes.push_back(pages_.folder_route("/web"));
  routes.push_back(vendor_.folder_route("/vendor"));
  return routes;
}

// Which networks there are, and which of them this is; of one alone, as its newest batch says.
http::Route Service::networks_route(const ServiceOptions& options) {
  const auto answer =
      [this, all = options.networks, own = options.network,
       explorers = explorers_json(options.explorers)](const http::Call& call) -> http::Answer {
    http::refuse_parameters(call.target);
    if (auto refused = http::refuse_other_than("application/json", call.request)) return refused;
    if (!all.empty()) return networks_answer(all, own, explorers);
    const auto newest = archive_.newest();
    if (!newest || newest->metadata.network.empty()) return networks_answer({}, "", explorers);
    return networks_answer({newest->metadata.network}, newest->metadata.network, explorers);
  };
  return {.pattern = "/networks", .answer = answer, .doc = networks_doc()};
}

http::Answer Service::answer_route(const Route& route, const http::Call& call) {
  std::shared_ptr<const Day> day;
  const Exchange exchange{archive_,
                          inputs_,
                          cache_,
                          call.request,
                          call.target,
                          call.path,
                          call.patient ? http::Patience::enough : http::Patience::none,
                          day,
                          max_age_,
                          commitments_};
  for (int attempt = 1;; ++attempt) {
    try {
      http::Answer answer = route.answer(exchange);
      // Who asks several questions of a day sees whether one batch has answered them.
      if (answer && day) answer->fields.emplace_back("AML-Batch", day->tag);
      return answer;
    } catch (const Error& e) {
      if (e.kind() == ErrorKind::interrupted) throw;
      const bool replaced = day && !Archive::is_current(*day);
      if (!replaced || attempt == kAttempts) throw;
      day = nullptr;
    }
  }
}

std::optional<http::Response> Service::answer_now(http::Request& request) {
  // The generation is read first: what changes while the answer is put together makes it old.
  const auto generation = watch_.generation();
  if (!generation || has_embargo_ || !is_reading(request)) return router_.answer_now(request);
  thread_local std::string key;
  key_of(request, has_origins_, key);
  const bool is_admitted =
      !access_ || access_->admit(request.fields.find("Authorization").value_or(""));
  if (is_admitted) {
    if (auto response = ready_.find(key, *generation)) return response;
  }
  auto response = router_.answer_now(request);
  if (response && is_lasting(*response)) ready_.keep(key, *generation, *response);
  return response;
}

http::Response Service::answer(http::Request& request) { return router_.answer(request); }

}  // namespace aml::api
