#include "cases/requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/date.h"
#include "base/error.h"
#include "base/json_members.h"
#include "base/json_text.h"
#include "cases/store.h"
#include "cases/users.h"
#include "http/target.h"

namespace aml::cases {

namespace {

using Json = nlohmann::json;

[[noreturn]] void refuse(const std::string& why) { throw Error(ErrorKind::usage, why); }

// An object with no other members than these.
Json object_of(std::string_view body, std::initializer_list<std::string_view> known) {
  if (nests_deeper(body, kDeepestRequest)) refuse("the body is nested too deep");
  Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) refuse("the body is no JSON object");
  if (names_member_twice(body)) refuse("the body names a member twice");
  for (const auto& [name, value] : json.items()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      refuse(fmt::format("the body has an unknown member \"{}\"; known are {}", http::shown(name),
                         fmt::join(known, ", ")));
    }
  }
  return json;
}

// Lines and tabs are for notes alone. U+0000 would cut off a sentence that names the text.
bool has_control_character(std::string_view text, std::string_view allowed = "") {
  return std::any_of(text.begin(), text.end(), [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 || byte == 0x7F) && allowed.find(c) == std::string_view::npos;
  });
}

// Empty where it is not there.
std::string text_of(const Json& json, const char* name, std::size_t most,
                    std::string_view allowed = "") {
  const auto found = json.find(name);
  if (found == json.end() || found->is_null()) return "";
  if (!found->is_string()) refuse(fmt::format("{} must be a text", name));
  auto text = found->get<std::string>();
  if (text.size() > most) refuse(fmt::format("{} has more than {} bytes", name, most));
  if (has_control_character(text, allowed)) {
    refuse(fmt::format("{} has a control character", name));
  }
  return text;
}

std::string require_text(const Json& json, const char* name, std::size_t most) {
  std::string text = text_of(json, name, most);
  if (text.empty()) refuse(fmt::format("{} is missing", name));
  return text;
}

Choice choice_of(const Json& json) {
  Choice choice;
  choice.address = text_of(json, "address", kLongestId);
  choice.cluster_id = text_of(json, "cluster_id", kLongestId);
  if (const auto found = json.find("alerts"); found != json.end()) {
    if (!found->is_array() || found->empty()) refuse("alerts must be a list of alert ids");
    if (found->size() > kMostEntriesAtOnce) {
      refuse(fmt::format("alerts has more than {} alerts", kMostEntriesAtOnce));
    }
    for (const Json& id : *found) {
      if (!id.is_string() || id.get_ref<const std::string&>().size() > kLongestId) {
        refuse("alerts must be a list of alert ids");
      }
      if (has_control_character(id.get_ref<const std::string&>())) {
        refuse("alerts has an id with a control character");
      }
      choice.alerts.push_back(id.get<std::string>());
    }
    std::vector<std::string> sorted = choice.alerts;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
      refuse("alerts names an alert twice");
    }
  }
  const int said = static_cast<int>(!choice.alerts.empty()) +
                   static_cast<int>(!choice.address.empty()) +
                   static_cast<int>(!choice.cluster_id.empty());
  if (said != 1) refuse("say what is decided on by one of alerts, address and cluster_id");
  return choice;
}

}  // namespace

DecisionRequest parse_decision(std::string_view body) {
  const Json json = object_of(body, {"alerts", "address", "cluster_id", "action", "verdict",
                                     "reason", "note", "assignee", "due"});
  DecisionRequest request;
  request.choice = choice_of(json);
  const std::string action = text_of(json, "action", kLongestId);
  const auto known = action_of(action.empty() ? "decide" : action);
  if (!known || *known == Action::undo) refuse("action must be decide, assign or reopen");
  request.action = *known;
  const std::string verdict = text_of(json, "verdict", kLongestId);
  const auto said = verdict_of(verdict);
  if (!said || verdict.empty() != (request.action != Action::decide)) {
    refuse("verdict must be seen, report, no_report or unsure where it is decided, else absent");
  }
  request.verdict = *said;
  request.reason = text_of(json, "reason", kMostReasonBytes);
  request.note = text_of(json, "note", kMostNoteBytes, "\t\n\r");
  request.assignee = text_of(json, "assignee", UserList::kLongestName);
  request.due = text_of(json, "due", kLongestId);
  if (!request.due.empty() && !Date::parse(request.due)) {
    refuse("due must be a date such as 2025-11-25");
  }
  if (request.action == Action::assign && request.assignee.empty() && request.due.empty()) {
    refuse("to assign takes an assignee or a due date");
  }
  if (request.action == Action::reopen && request.reason.empty()) {
    refuse("to reopen takes a reason");
  }
  return request;
}

UndoRequest parse_undo(std::string_view body) {
  const Json json = object_of(body, {"sequence"});
  const auto found = json.find("sequence");
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (found == json.end() || !found->is_number_unsigned() || found->get<std::uint64_t>() > kMost) {
    refuse("sequence must be the number of an entry");
  }
  return {found->get<std::int64_t>()};
}

NextRequest parse_next(std::string_view body) {
  const Json json = object_of(body, {"queue", "after"});
  NextRequest request;
  const auto queue = stratum_of(require_text(json, "queue", kLongestId));
  if (!queue || *queue == Stratum::chosen) refuse("queue must be sanctioned, ranked or sample");
  request.queue = *queue;
  request.after = text_of(json, "after", kLongestId);
  return request;
}

LockRequest parse_lock(std::string_view body) {
  return {require_text(object_of(body, {"alert_id"}), "alert_id", kLongestId)};
}

}  // namespace aml::cases
