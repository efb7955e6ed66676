#include "cases/blindness.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <unordered_set>
#include <utility>

#include "base/date.h"
#include "base/percent.h"
#include "http/conditional.h"
#include "http/target.h"
#include "http/whole_body.h"

namespace aml::cases {

namespace {

using Json = nlohmann::ordered_json;
using http::Request;
using http::Response;

constexpr const char* kJson = "application/json";
constexpr std::size_t kOfADay = 3;  // segments of /alerts/{date}/{alert_id} and its like

// Which of its segments names the day; none: it is not of one.
std::optional<std::size_t> place_of_day(const http::Target& target) {
  const auto& words = target.segments;
  if (words.size() != kOfADay) return std::nullopt;
  if (words[0] == "alerts") return 1;
  if (words[1] == "alerts" &&
      (words[0] == "scores" || words[0] == "rankings" || words[0] == "table")) {
    return 2;
  }
  return std::nullopt;
}

// With a date in place of `latest`: a day may be published between two questions, and what is
// hidden is that of the day whose scores are answered.
std::string with_date(const Room& room, const Request& request, const http::Target& target) {
  const auto place = place_of_day(target);
  if (!place || Date::parse(target.segments[*place])) return request.target;
  std::string dated;
  for (std::size_t i = 0; i < target.segments.size(); ++i) {
    const std::string& word = target.segments[i];
    dated += "/" + percent_encoded(i == *place ? room.days.get(word)->date : word, false);
  }
  const std::size_t query = request.target.find('?');
  return query == std::string::npos ? dated : dated + request.target.substr(query);
}

bool is_list(const std::vector<std::string>& words) {
  if (words[0] == "alerts") return words[2] == "scores" || words[2] == "rankings";
  return (words[0] == "scores" || words[0] == "rankings") && words[1] == "alerts";
}

// The API's answer to the whole of it, as JSON; what it refuses is passed on.
struct Answer {
  Response response;
  std::optional<Json> json{};
};

Answer whole_answer(const Request& request, const AskApi& ask, std::uint64_t most) {
  Request question{.method = "GET", .target = request.target, .remote = request.remote};
  for (std::size_t i = 0; i < request.fields.size(); ++i) {
    const auto [name, value] = request.fields.at(i);
    const bool is_left_out =
        http::is_same_name(name, "If-None-Match") || http::is_same_name(name, "Accept-Encoding");
    if (!is_left_out) question.fields.add(name, value);
  }
  question.fields.add("Accept-Encoding", "identity");
  Answer answer{.response = ask(std::move(question))};
  if (answer.response.status == 200 && answer.response.content_type == kJson) {
    const auto body = http::whole_body(answer.response, most);
    if (body) {
      answer.json = Json::parse(*body);
    } else {
      answer.response = http::refusal(
          400, fmt::format("while alerts of the day wait whose score is hidden until they are "
                           "decided, a list has at most {} bytes here: ask for a part of it by "
                           "limit and offset, or without explain",
                           most));
    }
  }
  return answer;
}

// It as the client wants it, and under a tag of its own.
Response changed(const Request& request, const Answer& answer) {
  const auto coding = http::wanted_coding(request);
  if (!coding) return http::no_coding();
  Response response =
      http::conditional(request, http::encoded(answer.json->dump() + "\n", *coding));
  const std::string batch = http::field_of(answer.response, "AML-Batch");
  if (!batch.empty()) response.fields.emplace_back("AML-Batch", batch);
  return response;
}

void hide_in_table(const Room& room, const std::string& date, Json& table) {
  Json& columns = table.at("columns");
  const Json& ids = columns.at("alert_id");
  std::vector<std::size_t> hidden;
  for (std::size_t row = 0; row < ids.size(); ++row) {
    if (is_hidden(room, date, ids[row])) hidden.push_back(row);
  }
  for (const char* name : {"score", "rank_score", "probability"}) {
    const auto column = columns.find(name);
    if (column == columns.end() || !column->is_array()) continue;
    for (const std::size_t row : hidden) (*column)[row] = nullptr;
  }
}

void hide_in_list(const Room& room, const std::string& date, Json& answer) {
  for (const char* rows : {"scores", "rankings"}) {
    if (!answer.contains(rows)) continue;
    for (Json& row : answer[rows]) {
      if (!is_hidden(room, date, row.at("alert_id"))) continue;
      for (const char* name : {"score", "probability", "explain_json", "rank_explain_json"}) {
        if (row.contains(name)) row[name] = nullptr;
      }
    }
  }
}

void hide_in_days(const Room& room, Json& address) {
  for (Json& one : address.at("days")) {
    if (!one.at("alerts").is_array()) continue;
    const std::string date = one.at("processing_date");
    for (Json& alert : one.at("alerts")) {
      if (is_hidden(room, date, alert.at("alert_id"))) alert["score"] = nullptr;
    }
  }
}

}  // namespace

bool is_hidden(const Room& room, const std::string& date, const std::string& alert_id) {
  if (!room.desk.is_blind(date, alert_id)) return false;
  const auto state = room.store.state(date, alert_id);
  return !state || !state->state.was_decided;
}

std::vector<std::string> hidden_alerts(const Room& room, const DayAlerts& day) {
  std::vector<std::string> hidden;
  if (room.desk.rules().blind_share <= 0) return hidden;
  std::unordered_set<std::string_view> shown;
  const DayChanges changes = room.store.changes(day.date);
  for (const DayStates::Row& row : changes.rows) {
    if (row->state.was_decided) shown.insert(row->subject.alert_id);
  }
  for (const DayAlerts::Alert& alert : day.alerts) {
    if (alert.is_blind && !shown.contains(alert.id)) {
      hidden.push_back(alert.id);
    }
  }
  return hidden;
}

bool may_have_scores(std::string_view target) {
  for (const char* prefix :
       {"/alerts/", "/scores/alerts/", "/rankings/alerts/", "/table/alerts/", "/addresses/"}) {
    if (target.starts_with(prefix)) return true;
  }
  // Scheme and host may stand before a path, and any letter may be written in hex.
  return !target.starts_with('/') || target.find('%') != std::string_view::npos;
}

namespace {

// Of a list, as JSON. What is chosen by score would tell it, and Parquet is sent as it lies.
Response list_shown_blind(const Room& room, const Request& request, const http::Target& target,
                          const AskApi& ask) {
  const auto& words = target.segments;
  const auto day = room.days.get(words[0] == "alerts" ? words[1] : words[2]);
  const std::vector<std::string> hidden = hidden_alerts(room, *day);
  if (hidden.empty()) return ask(request);
  const auto refused = [] {
    return http::refusal(403,
                         "while alerts of the day wait whose score is hidden until they are "
                         "decided, lists are shown here as JSON only, and not by min_score");
  };
  for (const auto& [name, value] : target.parameters) {
    if (name == "min_score") return refused();
  }
  Answer answer = whole_answer(request, ask, kMostListBytes);
  if (answer.json) {
    hide_in_list(room, day->date, *answer.json);
    return changed(request, answer);
  }
  return answer.response.status == 200 ? refused() : std::move(answer.response);
}

// Any id may be drawn; of one that the day has not, the API says so.
bool is_hidden_there(const Room& room, const std::string& date, const std::string& alert_id) {
  return is_hidden(room, date, alert_id) && room.days.get(date)->find(alert_id) != nullptr;
}

}  // namespace

Response shown_blind(const Room& room, const Request& asked, const AskApi& ask) {
  if (asked.method != "GET" && asked.method != "HEAD") return ask(asked);
  Request request = asked;
  request.target = with_date(room, asked, http::parse_target(asked.target));
  if (request.target != asked.target) request.context.reset();  // which was of another address
  const http::Target target = http::parse_target(request.target);
  const auto& words = target.segments;
  const bool is_of_day = words.size() == kOfADay;
  if (is_of_day && is_list(words)) return list_shown_blind(room, request, target, ask);
  if (is_of_day && words[0] == "alerts" && is_hidden_there(room, words[1], words[2])) {
    return http::refusal(403, "score and reasons of this alert are hidden until it is decided");
  }
  const bool is_table = is_of_day && words[0] == "table" && words[1] == "alerts";
  const bool is_address = words.size() == 2 && words[0] == "addresses";
  if (!is_table && !is_address) return ask(request);
  // A table is as long as the day has alerts, and the page needs all of it.
  Answer answer = whole_answer(request, ask, std::numeric_limits<std::uint64_t>::max());
  if (!answer.json) return std::move(answer.response);
  if (is_table) {
    hide_in_table(room, answer.json->at("processing_date"), *answer.json);
  } else {
    hide_in_days(room, *answer.json);
  }
  return changed(request, answer);
}

}  // namespace aml::cases
