// The writes of room.h.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/date.h"
#include "base/error.h"
#include "base/parse_number.h"
#include "cases/blindness.h"
#include "cases/room.h"
#include "http/target.h"

namespace aml::cases {

namespace {

using Json = nlohmann::ordered_json;
using http::Response;

constexpr int kConflict = 409;
constexpr int kPreconditionFailed = 412;

// What stands behind the second dash says which batch the client has seen, which forbids nothing.
bool is_day_tag(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// How many entries the client has seen; nothing where that is no version of this file.
std::optional<std::int64_t> seen_until(const Room& room, std::string_view if_match) {
  const std::int64_t head = room.store.head();
  if (!if_match.starts_with('"') || !if_match.ends_with('"')) return std::nullopt;
  const std::size_t dash = if_match.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  std::size_t end = if_match.find('-', dash + 1);
  if (end == std::string_view::npos) {
    end = if_match.size() - 1;
  } else if (!is_day_tag(if_match.substr(end + 1, if_match.size() - end - 2))) {
    return std::nullopt;
  }
  const auto sequence = parse_number<std::int64_t>(if_match.substr(dash + 1, end - dash - 1));
  if (!sequence || *sequence < 0 || *sequence > head) return std::nullopt;
  const std::string known = version_of(room.store, *sequence);
  if (if_match.substr(0, end) != std::string_view(known).substr(0, known.size() - 1)) {
    return std::nullopt;
  }
  return sequence;
}

Response no_version() {
  return http::refusal(kPreconditionFailed,
                       "If-Match is no version of these cases: ask for the day again, and send its "
                       "ETag");
}

Response refused(const Conflict& conflict) {
  return http::refusal(conflict.kind() == Conflict::Kind::changed ? kPreconditionFailed : kConflict,
                       conflict.what());
}

// The alerts that a choice means, by rank.
std::vector<const DayAlerts::Alert*> chosen(const DayAlerts& day, const Choice& choice) {
  std::vector<const DayAlerts::Alert*> found;
  for (const std::string& id : choice.alerts) {
    const DayAlerts::Alert* alert = day.find(id);
    if (alert == nullptr) {
      throw Error(ErrorKind::not_found,
                  fmt::format("{} has no alert {}", day.date, http::shown(id)));
    }
    found.push_back(alert);
  }
  if (!choice.alerts.empty()) return found;
  for (const DayAlerts::Alert& alert : day.alerts) {
    const bool is_meant = choice.address.empty() ? alert.cluster_id == choice.cluster_id
                                                 : alert.address == choice.address;
    if (is_meant) found.push_back(&alert);
  }
  if (found.empty()) {
    throw Error(ErrorKind::not_found, fmt::format("{} has no alert of that {}", day.date,
                                                  choice.address.empty() ? "cluster" : "address"));
  }
  if (found.size() > kMostEntriesAtOnce) {
    throw Error(ErrorKind::usage,
                fmt::format("it has {} alerts, and {} are the most that are decided on in one go: "
                            "name some of them",
                            found.size(), kMostEntriesAtOnce));
  }
  return found;
}

const char* through_of(const Choice& choice) {
  if (!choice.address.empty()) return "address";
  if (!choice.cluster_id.empty()) return "cluster";
  return choice.alerts.size() > 1 ? "selection" : "";
}

Response done(const Room& room, const DayAlerts& day, std::int64_t first,
              const std::vector<std::string>& alerts) {
  Json states = Json::array();
  for (const std::string& id : alerts) {
    if (const auto state = room.store.state(day.date, id)) states.push_back(state_json(*state));
  }
  const std::string version = version_of(room, day, room.store.head());
  return json_answer({{"processing_date", day.date},
                      {"version", version},
                      {"sequence", first},
                      {"alerts", std::move(states)}},
                     version);
}

std::string until_text(std::int64_t seconds) {
  return utc_text(std::chrono::system_clock::time_point(std::chrono::seconds(seconds)));
}

}  // namespace

Response decide(const Room& room, const User& user, const std::string& date,
                std::string_view if_match, const DecisionRequest& asked) {
  const auto seen = seen_until(room, if_match);
  if (!seen) return no_version();
  if (!asked.assignee.empty() && !room.users.now()->may_decide(asked.assignee)) {
    throw Error(ErrorKind::usage, "the assignee is none of those who may decide");
  }
  const auto day = room.days.get(date);
  std::vector<Subject> subjects;
  std::vector<std::string> ids;
  for (const DayAlerts::Alert* alert : chosen(*day, asked.choice)) {
    // What was decided already stays as it is where all of an address or a cluster is meant.
    if (asked.choice.alerts.empty() && asked.action == Action::decide) {
      const auto state = room.store.state(date, alert->id);
      if (state && state->state.stage == Stage::decided) continue;
    }
    subjects.push_back(room.desk.subject(*day, *alert));
    ids.push_back(alert->id);
  }
  if (subjects.empty()) {
    return http::refusal(kConflict, "all of its alerts were decided already: reopen them first");
  }
  try {
    const std::int64_t first = room.store.append(
        {.author = user.name,
         .action = asked.action,
         .verdict = asked.verdict,
         .through = through_of(asked.choice),
         .reason = asked.reason,
         .note = asked.note,
         .assignee = asked.assignee,
         .due = asked.due,
         .needs_second = asked.action == Action::decide && room.desk.needs_second(asked.verdict),
         .seen_until = *seen},
        subjects);
    return done(room, *day, first, ids);
  } catch (const Conflict& conflict) {
    return refused(conflict);
  }
}

Response undo(const Room& room, const User& user, const std::string& date,
              std::string_view if_match, const UndoRequest& asked) {
  const auto seen = seen_until(room, if_match);
  if (!seen) return no_version();
  const auto day = room.days.get(date);
  try {
    const Store::Undone undone = room.store.undo(user.name, date, asked.sequence, *seen);
    return done(room, *day, undone.first, undone.alerts);
  } catch (const Conflict& conflict) {
    return refused(conflict);
  }
}

Response next(const Room& room, const User& user, const std::string& date,
              const NextRequest& asked) {
  const auto day = room.days.get(date);
  try {
    if (!asked.after.empty()) room.store.unlock(date, asked.after, user.name);
    // What is decided between the look at the states and the lock is given to nobody.
    const std::int64_t seen_until = room.store.head();
    const Queue queue(*day, asked.queue, room.store.states(date), room.store.locks(date));
    auto waiting = queue.waiting_for(user.name, *room.users.now());
    // After the one that is passed over, then from the beginning.
    const auto at = std::find_if(waiting.begin(), waiting.end(),
                                 [&](const auto* alert) { return alert->id == asked.after; });
    if (at != waiting.end()) std::rotate(waiting.begin(), at + 1, waiting.end());
    for (const DayAlerts::Alert* alert : waiting) {
      const auto until = room.store.lock(date, alert->id, user.name, seen_until);
      if (!until) continue;  // somebody was faster
      return json_answer({{"processing_date", date},
                          {"queue", name_of(asked.queue)},
                          {"alert_id", alert->id},
                          {"until", until_text(*until)},
                          {"blind", is_hidden(room, date, alert->id)},
                          {"open", queue.open()}});
    }
    return json_answer({{"processing_date", date},
                        {"queue", name_of(asked.queue)},
                        {"alert_id", nullptr},
                        {"until", nullptr},
                        {"blind", false},
                        {"open", queue.open()}});
  } catch (const Conflict& conflict) {
    return refused(conflict);
  }
}

Response release(const Room& room, const User& user, const std::string& date,
                 const LockRequest& asked) {
  room.store.unlock(date, asked.alert_id, user.name);
  return json_answer({{"processing_date", date}, {"alert_id", asked.alert_id}});
}

}  // namespace aml::cases
