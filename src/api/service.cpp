#include "api/service.h"

#include <memory>
#include <utility>

#include "api/exchange.h"
#include "api/schemas.h"
#include "base/error.h"
#include "http/openapi.h"
#include "http/own_routes.h"

namespace aml::api {

namespace {

// A batch that is replaced while it is read is asked for again, so often.
constexpr int kAttempts = 5;

}  // namespace

Service::Service(const ServiceOptions& options)
    : archive_(options.output_root),
      inputs_(options.input_root),
      cache_(options.cache_bytes),
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
    options.metrics->add_gauge("aml_cache_bytes", "Bytes of answers that are kept",
                               [this] { return static_cast<double>(cache_.bytes()); });
    routes.push_back(http::metrics_route(*options.metrics));
  }
  http::OpenApi description = api_description();
  description.needs_token = !options.router.tokens.empty();
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
                          call.patient ? Patience::enough : Patience::none,
                          day};
  for (int attempt = 1;; ++attempt) {
    try {
      return route.answer(exchange);
    } catch (const Error&) {
      const bool replaced = day && !Archive::is_current(*day);
      if (!replaced || attempt == kAttempts) throw;
      day = nullptr;
    }
  }
}

std::optional<http::Response> Service::answer_now(http::Request& request) {
  return router_.answer_now(request);
}

http::Response Service::answer(http::Request& request) { return router_.answer(request); }

}  // namespace aml::api
