#include "api/service.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <utility>

#include "api/exchange.h"
#include "api/schemas.h"
#include "base/error.h"
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

// A batch that is replaced while it is read is asked for again, so often.
constexpr int kAttempts = 5;

double fit_of_newest(const Archive& archive) {
  const auto newest = archive.newest();
  constexpr std::array<std::string_view, 4> kVerdicts{"unknown", "familiar", "drifting", "foreign"};
  if (!newest) return 0;
  const auto found = std::find(kVerdicts.begin(), kVerdicts.end(), newest->metadata.fit.verdict);
  return found == kVerdicts.end() ? 0 : static_cast<double>(found - kVerdicts.begin());
}

}  // namespace

Service::Service(const ServiceOptions& options)
    : archive_(options.output_root),
      inputs_(options.input_root, options.input_limits),
      cache_(*options.budget),
      watch_(options.output_root),
      access_(options.router.access),
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
    options.metrics->add_gauge("aml_cache_bytes", "Bytes of answers that are kept",
                               [this] { return static_cast<double>(cache_.bytes()); });
    options.metrics->add_gauge("aml_answer_bytes", "Bytes of answers that are kept or being sent",
                               [&budget] { return static_cast<double>(budget.bytes()); });
    options.metrics->add_gauge("aml_answer_bytes_limit", "What there may be of them (--cache-mb)",
                               [&budget] { return static_cast<double>(budget.max_bytes()); });
    options.metrics->add_gauge(
        "aml_latest_batch_fit",
        "Whether the newest batch's day is like those its model learned from: 0 not known, "
        "1 familiar, 2 drifting, 3 foreign",
        [this] { return fit_of_newest(archive_); });
    routes.push_back(http::metrics_route(*options.metrics));
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

http::Answer Service::answer_route(const Route& route, const http::Call& call) {
  std::shared_ptr<const Day> day;
  const Exchange exchange{archive_,
                          inputs_,
                          cache_,
                          call.request,
                          call.target,
                          call.path,
                          call.patient ? http::Patience::enough : http::Patience::none,
                          day};
  for (int attempt = 1;; ++attempt) {
    try {
      return route.answer(exchange);
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
  if (!generation || !is_reading(request)) return router_.answer_now(request);
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
