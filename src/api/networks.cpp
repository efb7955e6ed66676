#include "api/networks.h"

#include <fmt/format.h>

#include <algorithm>
#include <any>
#include <memory>
#include <set>
#include <string_view>

#include "api/routes.h"
#include "base/error.h"
#include "http/target.h"

namespace aml::api {

namespace {

constexpr std::size_t kLongestName = 32;
constexpr std::string_view kParameter = "network=";

// How paths begin that are this interface's own.
std::set<std::string, std::less<>> first_segments() {
  std::set<std::string, std::less<>> names = {"docs",     "web",   "vendor", "metrics",
                                              "networks", "cases", "mcp",    "openapi.json"};
  for (const Route& route : all_routes()) {
    const std::string pattern = route.pattern;
    names.insert(pattern.substr(1, pattern.find('/', 1) - 1));
  }
  return names;
}

// What stands before the path's second slash, without the first: "bitcoin" of "/bitcoin/docs".
std::string_view first_segment(std::string_view path) {
  if (!path.starts_with('/')) return {};
  path.remove_prefix(1);
  return path.substr(0, path.find('/'));
}

// A target without its parameters "network", and their values.
struct Split {
  std::string target;
  std::vector<std::string> networks;
};

Split split(const std::string& target) {
  const std::size_t mark = target.find('?');
  if (mark == std::string::npos) return {target, {}};
  Split split{target.substr(0, mark), {}};
  std::string kept;
  for (std::size_t begin = mark + 1; begin <= target.size();) {
    const std::size_t end = std::min(target.find('&', begin), target.size());
    const std::string_view part(target.data() + begin, end - begin);
    if (part.starts_with(kParameter)) {
      split.networks.emplace_back(part.substr(kParameter.size()));
    } else {
      kept += (kept.empty() ? "?" : "&") + std::string(part);
    }
    begin = end + 1;
  }
  split.target += kept;
  return split;
}

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

bool is_about_all(std::string_view path) { return path == "/readyz" || path == "/health"; }

}  // namespace

// Where a request goes: to a service with the request that it gets, or an answer of our own.
struct Networks::Chosen {
  http::Handler* service = nullptr;
  std::shared_ptr<http::Request> request{};
  std::optional<http::Response> response{};
  bool is_about_all = false;
};

std::string refuse_network_name(const std::string& name) {
  const bool is_word =
      !name.empty() && name.size() <= kLongestName && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
      });
  if (!is_word) {
    return fmt::format("must be 1 to {} small letters, digits, - or _, not \"{}\"", kLongestName,
                       name);
  }
  if (first_segments().contains(name)) {
    return fmt::format("\"{}\" is how a path of the server begins: no network can be called so",
                       name);
  }
  return {};
}

Networks::Networks(std::vector<std::pair<std::string, std::unique_ptr<http::Handler>>> services)
    : services_(std::move(services)) {}

http::Handler* Networks::find(std::string_view name) const {
  const auto found =
      std::ranges::find_if(services_, [&](const auto& service) { return service.first == name; });
  return found == services_.end() ? nullptr : found->second.get();
}

http::Response Networks::refuse_unknown(std::string_view name) const {
  std::string known;
  for (const auto& [network, service] : services_) {
    known += (known.empty() ? "" : ", ") + network;
  }
  return http::refusal(
      404, fmt::format("no network \"{}\" here; there are {}", http::shown(name), known));
}

Networks::Chosen Networks::choose(const http::Request& request) const {
  Split asked = split(request.target);
  const std::string_view before = first_segment(path_of(asked.target));
  http::Handler* service = find(before);
  std::string named(service == nullptr ? "" : before);
  if (service != nullptr) {
    if (asked.target.size() == named.size() + 1) {
      // The page's links are relative to the folder.
      http::Response moved = http::refusal(308, "its page is at the path with a slash at the end");
      moved.fields.emplace_back("Location", named + "/");
      return {.response = std::move(moved)};
    }
    asked.target.erase(0, named.size() + 1);
    if (asked.target.starts_with('?')) asked.target.insert(0, "/");
  }
  for (const std::string& network : asked.networks) {
    if (!named.empty() && network != named) {
      return {.response = http::refusal(
                  400, "two networks are named; ask for one, before the path or by ?network=")};
    }
    named = network;
    service = find(named);
    if (service == nullptr) return {.response = refuse_unknown(named)};
  }
  Chosen chosen{.service = service == nullptr ? services_.front().second.get() : service};
  chosen.is_about_all = named.empty() && is_about_all(path_of(asked.target));
  chosen.request = std::make_shared<http::Request>(request);
  chosen.request->target = std::move(asked.target);
  return chosen;
}

// Of a network that is not well, or of the first one.
http::Response Networks::worst_answer(const http::Request& request) const {
  std::optional<http::Response> worst;
  for (const auto& [network, service] : services_) {
    http::Request copy = request;
    copy.context.reset();
    http::Response response = service->answer(copy);
    if (!worst || response.status > worst->status) worst = std::move(response);
  }
  return std::move(worst).value();
}

std::optional<http::Response> Networks::answer_now(http::Request& request) {
  Chosen chosen = choose(request);
  if (chosen.response) return std::move(chosen.response);
  if (!chosen.is_about_all) {
    if (auto response = chosen.service->answer_now(*chosen.request)) return response;
  }
  request.context = std::make_shared<Chosen>(std::move(chosen));
  return std::nullopt;
}

http::Response Networks::answer(http::Request& request) {
  const auto* kept = std::any_cast<std::shared_ptr<Chosen>>(&request.context);
  const std::shared_ptr<Chosen> chosen =
      kept != nullptr ? *kept : std::make_shared<Chosen>(choose(request));
  if (chosen->response) return *chosen->response;
  return chosen->is_about_all ? worst_answer(*chosen->request)
                              : chosen->service->answer(*chosen->request);
}

}  // namespace aml::api
