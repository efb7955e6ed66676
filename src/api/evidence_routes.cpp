#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "api/evidence_answer.h"
#include "api/routes.h"
#include "base/error.h"
#include "base/json_text.h"
#include "evidence/alert_record.h"
#include "evidence/alert_table.h"
#include "http/conditional.h"

namespace aml::api {

namespace {

using evidence::InputDay;

constexpr std::uint64_t kMaxDays = 90;
constexpr std::uint64_t kUsualDays = 30;

// Of how many of the newest days the path's address is looked for. Throws Error{usage}.
std::size_t days_asked(const Exchange& exchange) {
  std::size_t days = kUsualDays;
  bool is_given = false;
  for (const auto& [name, value] : exchange.target.parameters) {
    if (name != "days") throw Error(ErrorKind::usage, "unknown parameter; known here: days");
    if (std::exchange(is_given, true))
      throw Error(ErrorKind::usage, "days is given more than once");
    days = number_between(name, value, 1, kMaxDays);
  }
  return days;
}

// The days of which the server knows something, newest first: those that have a batch, and older
// ones of which something stayed.
std::vector<Date> known_days(const Exchange& exchange) {
  std::vector<Date> dates = exchange.archive.dates();
  if (dates.empty()) return dates;
  const Date newest = dates.front();
  for (const Date date : exchange.inputs.kept_dates()) {
    if (date < newest && !exchange.archive.is_held(date)) dates.push_back(date);
  }
  std::ranges::sort(dates, std::greater<>());
  const auto repeated = std::ranges::unique(dates);
  dates.erase(repeated.begin(), repeated.end());
  return dates;
}

// The alerts of a day about an address, "null" where its input is missing or damaged; null without
// patience. The exchange's day is its batch, if there is one.
Body alerts_on_day(const Exchange& exchange, const InputDay& input, const std::string& address) {
  const std::string name = fmt::format("address {} {}", input.identity, address);
  return exchange.cache.get<std::string>(
      exchange.day ? cache_key(*exchange.day, name) : input.date.text() + " kept " + name,
      exchange.patience, [&](http::Budget::Charge&) {
        std::string json = "null";
        try {
          if (input.has_kept && (!input.has_alerts || !exchange.day)) {
            json = read_input(exchange, input, [&](auto& snapshot) {
              return evidence::kept_alerts_of_address(
                  snapshot, exchange.inputs.kept_file(input.date), address);
            });
          } else if (input.has_alerts && exchange.day) {
            for (const TableKind* kind : {&kAlertScores, &kAlertRankings}) {
              require_table(exchange, *kind);
            }
            json = read_input(exchange, input, [&](auto& snapshot) {
              return evidence::alerts_of_address(snapshot, exchange.day->directory, address);
            });
          }
        } catch (const Error& e) {
          if (e.kind() != ErrorKind::unavailable && e.kind() != ErrorKind::bad_input) throw;
        }
        const Body body = http::make_body(std::move(json));
        return http::Cache::Made<std::string>{body, body->capacity()};
      });
}

}  // namespace

Answer alert_table(const Exchange& exchange) {
  http::refuse_parameters(exchange.target);
  if (auto refused = refuse_other_than_json(exchange)) return refused;
  const Day& day = requested_day(exchange);
  const InputDay input = exchange.inputs.find(day.date);
  const auto read = [&](auto& snapshot) {
    for (const TableKind* kind : {&kAlertScores, &kAlertRankings, &kClusterScores}) {
      require_table(exchange, *kind);
    }
    return evidence::alert_table(snapshot, day.directory, day.metadata, known_addresses(exchange));
  };
  return answer_evidence(exchange, {"table", [&] { return read_input(exchange, input, read); }},
                         input);
}

Answer alert_input(const Exchange& exchange) {
  http::refuse_parameters(exchange.target);
  if (auto refused = refuse_other_than_json(exchange)) return refused;
  const Day& day = requested_day(exchange);
  const std::string& id = exchange.path.find("alert_id")->second;
  const InputDay input = exchange.inputs.find(day.date);
  require_file(input.has_alerts, "alerts.parquet", input);
  const auto read = [&](auto& snapshot) {
    require_table(exchange, kClusterScores);
    const evidence::KnownAddresses known = known_addresses(exchange);
    evidence::KnownMentions mentions(known);
    const auto members = evidence::alert_record(snapshot, day.directory, id, mentions);
    if (members) return *members + mentions.member();
    throw Error(ErrorKind::not_found,
                fmt::format("the input of {} has no alert \"{}\"", day.date.text(), id));
  };
  return answer_evidence(exchange,
                         {"alert " + id, [&] { return read_input(exchange, input, read); }}, input);
}

Answer address_days(const Exchange& exchange) {
  const std::size_t most = days_asked(exchange);
  if (auto refused = refuse_other_than_json(exchange)) return refused;
  const std::string& address = exchange.path.find("address")->second;
  std::string days = "[";
  std::size_t searched = 0;
  for (const Date date : known_days(exchange)) {
    if (searched == most) break;
    exchange.day = exchange.archive.find(date).day;
    ++searched;
    const Body alerts = alerts_on_day(exchange, exchange.inputs.find(date), address);
    if (!alerts) return std::nullopt;
    if (*alerts == "[]") continue;
    fmt::format_to(std::back_inserter(days),
                   "{}{{\"processing_date\":\"{}\",\"has_batch\":{},\"alerts\":{}}}",
                   days.back() == '[' ? "" : ",", date.text(), exchange.day != nullptr, *alerts);
  }
  exchange.day = nullptr;  // the answer is of no one batch
  if (searched == 0) throw Error(ErrorKind::unavailable, "no batch has been published yet");
  std::string json = "{\"address\":";
  append_json_text(json, address);
  fmt::format_to(std::back_inserter(json), ",\"days_searched\":{},\"days\":{}]}}\n", searched,
                 days);
  const std::string tag = http::content_tag(json);
  Response response = http::conditional(
      exchange.request,
      http::Representation{.etag = "\"" + tag + "\"", .cache_control = "no-cache"});
  if (response.status == 200) response.body = exchange.cache.budget().body(std::move(json));
  return response;
}

}  // namespace aml::api
