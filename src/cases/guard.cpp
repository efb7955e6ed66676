#include "cases/guard.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/http_client.h"
#include "base/lower_case.h"

namespace aml::cases {

namespace {

constexpr std::string_view kJson = "application/json";

// "cases.example.org:8443" of "https://cases.example.org:8443".
std::string host_of(std::string_view origin) {
  const std::size_t slashes = origin.find("//");
  return in_lower_case(
      std::string(slashes == std::string_view::npos ? origin : origin.substr(slashes + 2)));
}

bool is_any(std::string_view host) { return host == "0.0.0.0" || host == "::"; }

// Whether a Content-Type is JSON, whatever its parameters.
bool is_json(std::string_view type) {
  const std::string lowered = in_lower_case(std::string(type.substr(0, type.find(';'))));
  std::string_view plain = lowered;
  while (plain.ends_with(' ')) plain.remove_suffix(1);
  return plain == kJson;
}

}  // namespace

http::Response no_token() {
  http::Response response =
      http::refusal(401, "a valid token is needed: Authorization: Bearer TOKEN");
  response.fields.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

Guard::Guard(const Users& users, Options options) : users_(users), options_(std::move(options)) {
  for (const std::string& origin : options_.origins) further_hosts_.insert(host_of(origin));
}

std::optional<User> Guard::user_of(const http::Request& request) const {
  return users_.now()->find(request.fields.find("Authorization").value_or(""));
}

bool Guard::is_own_host(std::string_view host) const {
  const std::uint16_t port = port_;
  if (port == 0) return false;
  const std::string asked = in_lower_case(std::string(host));
  if (further_hosts_.contains(asked)) return true;
  const std::string own = options_.host.find(':') == std::string::npos
                              ? options_.host
                              : fmt::format("[{}]", options_.host);
  std::vector<std::string> names;
  // Of all addresses of a machine, those that are meant must be named (--cases-origin).
  if (!is_any(options_.host)) names.push_back(own);
  if (is_loopback(options_.host) || is_any(options_.host)) {
    names.insert(names.end(), {"localhost", "127.0.0.1", "[::1]"});
  }
  const std::uint16_t usual = options_.is_tls ? 443 : 80;
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return asked == fmt::format("{}:{}", name, port) || (port == usual && asked == name);
  });
}

bool Guard::is_own_origin(std::string_view origin) const {
  if (options_.origins.contains(std::string(origin))) return true;
  const std::string_view scheme = options_.is_tls ? "https://" : "http://";
  return origin.starts_with(scheme) && is_own_host(origin.substr(scheme.size()));
}

std::optional<http::Response> Guard::refuse_host(const http::Request& request) const {
  if (request.fields.count("Host") == 1 && is_own_host(*request.fields.find("Host"))) {
    return std::nullopt;
  }
  return http::refusal(403,
                       "the Host that was asked is none of this listener's; --cases-origin names "
                       "those under which a proxy shows it");
}

std::optional<http::Response> Guard::refuse_message(const http::Request& request) const {
  if (!user_of(request)) return no_token();
  const std::size_t sent = request.fields.count("Origin");
  if (sent > 1 || (sent == 1 && !is_own_origin(*request.fields.find("Origin")))) {
    return http::refusal(403, "a page of another origin may not ask here");
  }
  if (!is_json(request.fields.find("Content-Type").value_or(""))) {
    return http::refusal(415, "a message is Content-Type: application/json");
  }
  return std::nullopt;
}

std::variant<User, http::Response> Guard::writer_of(const http::Request& request) const {
  auto user = user_of(request);
  if (!user) return no_token();
  if (!user->may_decide) {
    return http::refusal(403, fmt::format("{} may look and not decide", user->name));
  }
  const auto origin = request.fields.find("Origin");
  if (!origin || request.fields.count("Origin") != 1 || !is_own_origin(*origin)) {
    return http::refusal(403, "a write needs an Origin field that names this listener itself");
  }
  if (!is_json(request.fields.find("Content-Type").value_or(""))) {
    return http::refusal(415, "a write is Content-Type: application/json");
  }
  if (request.fields.count("If-Match") == 0) {
    return http::refusal(428,
                         "a write needs If-Match: the ETag of what was looked at, so that nothing "
                         "newer is overwritten");
  }
  return *std::move(user);
}

}  // namespace aml::cases
