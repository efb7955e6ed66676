#include "http/router.h"

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "http/budget.h"

namespace aml::http {

namespace {

constexpr std::string_view kRest = "...}";
constexpr int kShortageRetrySeconds = 10;

bool is_dots(std::string_view segment) { return segment == "." || segment == ".."; }

// A segment of a path that names a file: nothing hidden, nothing that leads elsewhere.
bool is_file_name(std::string_view segment) {
  return !segment.empty() && segment.front() != '.' &&
         segment.find_first_of("/\\") == std::string_view::npos;
}

// GET answers HEAD too.
bool answers(const Route& route, std::string_view method) {
  return route.method == method || (route.method == "GET" && method == "HEAD");
}

}  // namespace

int status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
    case ErrorKind::bad_input:
      return 400;
    case ErrorKind::denied:
      return 403;
    case ErrorKind::not_found:
      return 404;
    case ErrorKind::internal:
      return 500;
    default:
      return 503;
  }
}

std::optional<PathParameters> match_pattern(std::string_view pattern,
                                            const std::vector<std::string>& segments) {
  PathParameters path;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (pattern.empty()) return std::nullopt;
    pattern.remove_prefix(1);  // the slash
    const std::string_view expected = pattern.substr(0, pattern.find('/'));
    pattern.remove_prefix(expected.size());
    if (expected.ends_with(kRest)) {
      std::string rest;
      for (; i < segments.size(); ++i) {
        if (!is_file_name(segments[i])) return std::nullopt;
        rest += (rest.empty() ? "" : "/") + segments[i];
      }
      path.emplace(expected.substr(1, expected.size() - 1 - kRest.size()), std::move(rest));
    } else if (expected.starts_with('{')) {
      if (segments[i].empty() || is_dots(segments[i])) return std::nullopt;
      path.emplace(expected.substr(1, expected.size() - 2), segments[i]);
    } else if (segments[i] != expected) {
      return std::nullopt;
    }
  }
  if (!pattern.empty()) return std::nullopt;
  return path;
}

Router::Router(std::vector<Route> routes, RouterOptions options)
    : routes_(std::move(routes)), options_(std::move(options)) {}

std::optional<Router::Match> Router::match(const Target& target, std::string_view method) const {
  for (const Route& route : routes_) {
    if (!answers(route, method)) continue;
    if (auto path = match_pattern(route.pattern, target.segments)) {
      return Match{&route, std::move(*path)};
    }
  }
  return std::nullopt;
}

bool Router::is_admitted(const Route& route, const Request& request) const {
  const Access* access = route.access ? route.access.get() : options_.access.get();
  if (access == nullptr || route.open) return true;
  return access->admit(request.fields.find("Authorization").value_or(""));
}

// "GET, HEAD"; empty where nothing is served at the address.
std::string Router::allowed_methods(const Target& target) const {
  std::string methods;
  const auto add = [&](std::string_view method) {
    if (methods.find(method) != std::string::npos) return;
    if (!methods.empty()) methods += ", ";
    methods += method;
  };
  for (const Route& route : routes_) {
    if (!match_pattern(route.pattern, target.segments)) continue;
    add(route.method);
    if (route.method == "GET") add("HEAD");
  }
  if (!methods.empty() && !options_.cors_origins.empty()) add("OPTIONS");
  return methods;
}

Answer Router::route(const Request& request, bool patient) const {
  const Target target = parse_target(request.target);
  auto found = match(target, request.method);
  if (!found) {
    const std::string allowed = allowed_methods(target);
    if (allowed.empty()) return refusal(404, "nothing is served at this address");
    if (request.method == "OPTIONS" && allowed.ends_with("OPTIONS")) {
      return Response{.status = 204,
                      .fields = {{"Allow", allowed},
                                 {"Access-Control-Allow-Methods", allowed},
                                 {"Access-Control-Allow-Headers",
                                  "Authorization, Accept, Content-Type, If-None-Match"},
                                 {"Access-Control-Max-Age", "600"}}};
    }
    Response response = refusal(405, "only " + allowed + " are answered here");
    response.fields.emplace_back("Allow", allowed);
    return response;
  }
  if (!is_admitted(*found->route, request)) {
    Response response = refusal(401, "a valid token is needed: Authorization: Bearer TOKEN");
    response.fields.emplace_back("WWW-Authenticate", "Bearer");
    response.route = found->route->pattern.c_str();
    return response;
  }
  try {
    auto response = found->route->answer({request, target, std::move(found->path), patient});
    if (response) response->route = found->route->pattern.c_str();
    return response;
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::internal || dynamic_cast<const Shortage*>(&e) != nullptr) throw;
    Response response = refusal(status_of(e.kind()), e.what());
    response.route = found->route->pattern.c_str();
    return response;
  }
}

void Router::add_cors(const Request& request, Response& response) const {
  if (options_.cors_origins.empty()) return;
  response.fields.emplace_back("Vary", "Origin");
  const auto origin = request.fields.find("Origin");
  if (!origin) return;
  const auto is_allowed = [&](const std::string& allowed) {
    return allowed == "*" || allowed == *origin;
  };
  const auto& origins = options_.cors_origins;
  if (std::none_of(origins.begin(), origins.end(), is_allowed)) return;
  response.fields.emplace_back("Access-Control-Allow-Origin", std::string(*origin));
  response.fields.emplace_back("Access-Control-Expose-Headers",
                               "ETag, Content-Encoding, AML-Batch");
}

Response refusal_of_exception() {
  try {
    throw;
  } catch (const Shortage& e) {
    return refusal_for_now(e.what(), kShortageRetrySeconds);
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::internal) log::error(e.what());
    return refusal(status_of(e.kind()), e.what());
  } catch (const std::bad_alloc&) {
    return refusal_for_now("the server is short of memory; try again", kShortageRetrySeconds);
  } catch (const std::exception& e) {
    log::error("unexpected: a defect of this program", {{"reason", e.what()}});
    return refusal(500, "a defect of the server; its log says more");
  }
}

Answer Router::respond(const Request& request, bool patient) const {
  try {
    auto response = route(request, patient);
    if (response) add_cors(request, *response);
    return response;
  } catch (const std::exception&) {
    return refusal_of_exception();
  }
}

std::optional<Response> Router::answer_now(Request& request) { return respond(request, false); }

bool Router::takes_bodies() const {
  return std::any_of(routes_.begin(), routes_.end(), [](const Route& route) {
    return route.method != "GET" || route.doc.request_body.has_value();
  });
}

Response Router::answer(Request& request) {
  auto response = respond(request, true);
  return response ? std::move(*response) : refusal(503, "the answer is not ready; try again");
}

}  // namespace aml::http
