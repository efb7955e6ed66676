#include "api/service.h"

#include <exception>
#include <new>
#include <utility>

#include "api/exchange.h"
#include "api/routes.h"
#include "base/error.h"
#include "base/log.h"
#include "http/target.h"

namespace aml::api {

using http::refusal;

namespace {

// A batch that is replaced while it is read is asked for again, so often.
constexpr int kAttempts = 5;

int status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return 400;
    case ErrorKind::not_found:
      return 404;
    case ErrorKind::internal:
      return 500;
    default:
      return 503;
  }
}

Answer answer_route(const Exchange& exchange, const Match& found) {
  for (int attempt = 1;; ++attempt) {
    try {
      return found.route->answer(exchange);
    } catch (const Error&) {
      const bool replaced = exchange.day && !Archive::is_current(*exchange.day);
      if (!replaced || attempt == kAttempts) throw;
      exchange.day = nullptr;
    }
  }
}

}  // namespace

Service::Service(std::filesystem::path output_root, std::size_t cache_bytes)
    : archive_(std::move(output_root)), cache_(cache_bytes) {}

std::optional<Response> Service::answer_with(const http::Request& request, Patience patience) {
  try {
    const http::Target target = http::parse_target(request.target);
    auto found = match_route(target.segments);
    if (!found) return refusal(404, "nothing is served at this address");
    if (request.method != "GET" && request.method != "HEAD") {
      Response response = refusal(405, "only GET and HEAD are answered here");
      response.fields.emplace_back("Allow", "GET, HEAD");
      return response;
    }
    std::shared_ptr<const Day> day;
    const Exchange exchange{archive_, cache_, request, target, std::move(found->path),
                            patience, day};
    return answer_route(exchange, *found);
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::internal) log::error(e.what());
    return refusal(status_of(e.kind()), e.what());
  } catch (const std::bad_alloc&) {
    return refusal(503, "the server is short of memory; try again");
  } catch (const std::exception& e) {
    log::error("unexpected: a defect of this program", {{"reason", e.what()}});
    return refusal(500, "a defect of the server; its log says more");
  }
}

std::optional<Response> Service::answer_now(http::Request& request) {
  return answer_with(request, Patience::none);
}

Response Service::answer(http::Request& request) {
  auto response = answer_with(request, Patience::enough);
  return response ? std::move(*response) : refusal(503, "the answer is not ready; try again");
}

}  // namespace aml::api
