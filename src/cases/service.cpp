#include "cases/service.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <variant>

#include "base/date.h"
#include "base/error.h"
#include "cases/blindness.h"
#include "cases/schemas.h"
#include "http/conditional.h"
#include "http/own_routes.h"
#include "http/whole_body.h"
#include "mcp/channel.h"

namespace aml::cases {

namespace {

using Json = nlohmann::ordered_json;
using http::Answer;
using http::Call;
using http::Request;
using http::Response;
using http::Route;

constexpr const char* kJson = "application/json";
constexpr const char* kPage = "/review";

// Whether this service answers, and not the API behind it.
bool is_ours(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  return path == "/" || path == kPage || path == "/openapi.json" || path == "/mcp" ||
         path == "/cases" || path.starts_with("/cases/");
}

Request with_target(const Request& request, std::string target) {
  Request other = request;
  other.target = std::move(target);
  other.context.reset();
  return other;
}

std::string at(const Call& call, const char* name) { return call.path.find(name)->second; }

std::string date_of(const Call& call) {
  std::string date = at(call, "date");
  if (!Date::parse(date)) {
    throw Error(ErrorKind::usage,
                fmt::format("\"{}\" is no date such as 2025-10-26", http::shown(date)));
  }
  return date;
}

std::string if_match(const Call& call) { return call.request.fields.joined("If-Match"); }

// The value of a query's parameter that must be there; no others may be.
std::string parameter(const Call& call, std::string_view name) {
  std::string found;
  for (const auto& [known, value] : call.target.parameters) {
    if (known == name) found = value;
  }
  if (found.empty()) throw Error(ErrorKind::usage, fmt::format("{} is missing", name));
  return found;
}

void require_parameters(const Call& call, std::initializer_list<std::string_view> names) {
  if (call.target.parameters.size() != names.size()) {
    throw Error(ErrorKind::usage,
                fmt::format("the parameters are {}, each once", fmt::join(names, " and ")));
  }
}

}  // namespace

Service::Service(const ServiceOptions& options)
    : store_(*options.store),
      users_(*options.users),
      api_(*options.api),
      desk_(options.rules, options.store->draws()),
      days_(api_, "Bearer " + options.own_token,
            [this](const DayAlerts& day, DayAlerts::Alert& alert) {
              alert.stratum = desk_.stratum(day, alert);
              alert.is_blind = desk_.is_blind(day.date, alert.id);
            }),
      queues_(store_),
      guard_(users_, options.guard),
      router_(routes()) {}

Route Service::read_route(std::string pattern, http::RouteDoc doc, Reading read) {
  return {.pattern = std::move(pattern),
          .answer = [this, read = std::move(read)](const Call& call) -> Answer {
            const auto user = guard_.user_of(call.request);
            if (!user) return no_token();
            if (auto refused = http::refuse_other_than(kJson, call.request)) return refused;
            if (!call.patient) return std::nullopt;  // the file is asked
            return read(call, *user);
          },
          .doc = std::move(doc)};
}

Route Service::write_route(std::string pattern, http::RouteDoc doc, Reading write) {
  Route route = read_route(std::move(pattern), std::move(doc), {});
  route.method = "POST";
  route.answer = [this, write = std::move(write)](const Call& call) -> Answer {
    auto writer = guard_.writer_of(call.request);
    if (auto* refused = std::get_if<Response>(&writer)) return std::move(*refused);
    http::refuse_parameters(call.target);
    if (!call.patient) return std::nullopt;
    return write(call, std::get<User>(writer));
  };
  return route;
}

std::vector<Route> Service::day_routes() {
  std::vector<Route> routes;
  routes.push_back(
      read_route("/cases/days/{date}", day_doc(), [this](const Call& call, const User&) {
        if (!call.target.parameters.empty()) require_parameters(call, {"since"});
        return show_day(room(), call.request, date_of(call),
                        call.target.parameters.empty() ? "" : parameter(call, "since"));
      }));
  routes.push_back(
      read_route("/cases/days/{date}/queues", queues_doc(), [this](const Call& call, const User&) {
        http::refuse_parameters(call.target);
        return show_queues(room(), date_of(call));
      }));
  routes.push_back(read_route("/cases/days/{date}/alerts/{alert_id}", alert_doc(),
                              [this](const Call& call, const User& user) {
                                http::refuse_parameters(call.target);
                                return show_alert(room(), user, date_of(call),
                                                  at(call, "alert_id"));
                              }));
  routes.push_back(write_route("/cases/days/{date}/decisions", decisions_doc(),
                               [this](const Call& call, const User& user) {
                                 return decide(room(), user, date_of(call), if_match(call),
                                               parse_decision(call.request.body));
                               }));
  routes.push_back(write_route(
      "/cases/days/{date}/undo", undo_doc(), [this](const Call& call, const User& user) {
        return undo(room(), user, date_of(call), if_match(call), parse_undo(call.request.body));
      }));
  routes.push_back(write_route(
      "/cases/days/{date}/next", next_doc(), [this](const Call& call, const User& user) {
        return next(room(), user, date_of(call), parse_next(call.request.body));
      }));
  routes.push_back(write_route(
      "/cases/days/{date}/release", release_doc(), [this](const Call& call, const User& user) {
        return release(room(), user, date_of(call), parse_lock(call.request.body));
      }));
  return routes;
}

std::vector<Route> Service::routes() {
  std::vector<Route> routes = day_routes();
  routes.push_back(read_route("/cases/me", user_doc(), [this](const Call& call, const User& user) {
    http::refuse_parameters(call.target);
    return show_user(room(), user);
  }));
  routes.push_back(read_route("/cases/report", report_doc(), [this](const Call& call, const User&) {
    require_parameters(call, {"from", "to"});
    return show_report(room(), parameter(call, "from"), parameter(call, "to"));
  }));
  routes.push_back(read_route("/cases/addresses/{address}", address_doc(),
                              [this](const Call& call, const User&) {
                                http::refuse_parameters(call.target);
                                return show_address(room(), at(call, "address"));
                              }));
  routes.push_back(mcp_route());
  routes.push_back(description(routes));
  routes.push_back({.pattern = "/",
                    .answer = [](const Call&) -> Answer {
                      return Response{
                          .status = 302,
                          .fields = {{"Location", "review"}, {"Cache-Control", "no-store"}}};
                    },
                    .doc = {.summary = "The page", .hidden = true}});
  routes.push_back({.pattern = kPage,
                    .answer = [this](const Call& call) -> Answer {
                      Request page = with_target(call.request, "/");
                      if (!call.patient) return api_.answer_now(page);
                      return api_.answer(page);
                    },
                    .doc = {.summary = "The page", .hidden = true}});
  return routes;
}

// A person's language model asks what that person may ask.
Route Service::mcp_route() {
  return {.method = "POST",
          .pattern = "/mcp",
          .answer = [this](const Call& call) -> Answer {
            if (auto refused = guard_.refuse_message(call.request)) return refused;
            http::refuse_parameters(call.target);
            if (!call.patient) return std::nullopt;
            const auto ask = [&](const std::string& target) {
              Request question{.method = "GET", .target = target, .remote = call.request.remote};
              for (const char* name : {"Authorization", "Host"}) {
                question.fields.add(name, call.request.fields.find(name).value_or(""));
              }
              question.fields.add("Accept-Encoding", "identity");
              return answer(question);
            };
            return mcp::answer_post(mcp_, ask, call.request);
          },
          .doc = mcp_doc()};
}

// What the API says of itself, and the routes of cases.
Route Service::description(const std::vector<Route>& routes) {
  Json own = Json::parse(http::openapi_json(cases_description(), routes));
  Request question{.method = "GET", .target = "/openapi.json"};
  question.fields.add("Accept-Encoding", "identity");
  Response response = api_.answer(question);
  if (response.status == 200) {
    const Json api = Json::parse(http::whole_body(response));
    own["info"]["version"] = api["info"]["version"];
    for (const auto& [path, operations] : api["paths"].items()) own["paths"][path] = operations;
    for (const auto& [name, schema] : api["components"]["schemas"].items()) {
      own["components"]["schemas"][name] = schema;
    }
  }
  const auto made = std::make_shared<const http::Encoded>(http::encoded(own.dump(), "identity"));
  return {.pattern = "/openapi.json",
          .answer = [made](const Call& call) -> Answer {
            http::refuse_parameters(call.target);
            if (auto refused = http::refuse_other_than(kJson, call.request)) return refused;
            return http::conditional(call.request, *made);
          },
          .doc = {.summary = "This description", .hidden = true},
          .open = true};
}

bool Service::hides_from(const Request& request) const {
  return desk_.rules().blind_share > 0 && may_have_scores(request.target);
}

std::optional<Response> Service::answer_now(Request& request) {
  if (auto refused = guard_.refuse_host(request)) return refused;
  if (is_ours(request.target)) return router_.answer_now(request);
  if (hides_from(request)) return std::nullopt;
  return api_.answer_now(request);
}

Response Service::answer(Request& request) {
  if (is_ours(request.target)) return router_.answer(request);
  if (!hides_from(request)) return api_.answer(request);
  // The API may know a token that is nobody's here: while tokens are read anew.
  if (!guard_.user_of(request)) return no_token();
  try {
    return shown_blind(room(), request, [this](Request asked) { return api_.answer(asked); });
  } catch (const std::exception&) {
    return http::refusal_of_exception();
  }
}

}  // namespace aml::cases
