// The writes of room.h.
#include <fmt/format.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>

#include "base/date.h"
#include "base/error.h"
#include "cases/blindness.h"
#include "cases/guard.h"
#include "cases/room.h"
#include "http/target.h"

namespace aml::cases {

namespace {

using Json = nlohmann::ordered_json;
using http::Response;

constexpr int kConflict = 409;
constexpr int kPreconditionFailed = 412;
// So many of a queue are tried before it is looked at again: others take some of them meanwhile.
constexpr std::size_t kLookedAtOnce = 50;

Response no_version() {
  return http::refusal(kPreconditionFailed,
                       "If-Match is no version of these cases: ask for the day again, and send its "
                       "ETag");
}

Response refused(int status, const std::string& why, const std::vector<std::string>& alerts) {
  Response response = json_answer({{"detail", why}, {"alerts", alerts}});
  response.status = status;
  return response;
}

Response refused(const Conflict& conflict) {
  return refused(conflict.kind() == Conflict::Kind::changed ? kPreconditionFailed : kConflict,
                 conflict.what(), conflict.alerts());
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

// What others did meanwhile stands in the answer, too: its version is one that the client has now.
// `version` makes the version of a head.
Response done(const Room& room, const std::string& date, std::int64_t seen, std::int64_t first,
              const std::vector<std::string>& alerts,
              const std::function<std::string(std::int64_t)>& version_at) {
  const DayChanges changes = room.store.changes(date, seen);
  Json states = Json::array();
  for (const std::string& id : alerts) {
    if (const auto row = room.store.state(date, id)) states.push_back(state_json(*row));
  }
  const std::set<std::string_view> own(alerts.begin(), alerts.end());
  Json others = Json::array();
  for (const DayStates::Row& row : changes.rows) {
    if (own.contains(row->subject.alert_id)) continue;
    if (others.size() == kMostOthersTold) {
      others = nullptr;
      break;
    }
    others.push_back(state_json(*row));
  }
  const std::string version = version_at(changes.head);
  return json_answer({{"processing_date", date},
                      {"version", version},
                      {"sequence", first},
                      {"alerts", std::move(states)},
                      {"others", std::move(others)}},
                     version);
}

std::string until_text(std::int64_t seconds) {
  return utc_text(std::chrono::system_clock::time_point(std::chrono::seconds(seconds)));
}

// An alert of the queue that is held for somebody now, and until when.
struct Taken {
  const DayAlerts::Alert* alert = nullptr;  // null: none waits
  std::int64_t until = 0;
};

Taken take(const Room& room, const User& user, const std::shared_ptr<const DayAlerts>& day,
           const NextRequest& asked) {
  const auto people = room.users.now();
  for (;;) {
    // What is decided between the look at the queue and the lock is given to nobody.
    std::int64_t seen_until = 0;
    const auto waiting = room.queues.look(day, [&](const DayQueues& queues, std::int64_t head) {
      seen_until = head;
      const auto locks = room.store.locks(day->date);
      return queues.waiting_for(asked.queue, {user.name, *people, locks, asked.after},
                                kLookedAtOnce);
    });
    if (waiting.empty()) return {};
    for (const DayAlerts::Alert* alert : waiting) {
      const auto until = room.store.lock(day->date, alert->id, user.name, seen_until);
      if (until) return {alert, *until};  // or somebody was faster
    }
  }
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
  if (!asked.due.empty() && asked.due < date) {
    throw Error(ErrorKind::usage, fmt::format("due is before the alerts' day, {}", date));
  }
  std::set<std::string> held;
  for (const Lock& lock : room.store.locks(date)) {
    if (lock.author != user.name) held.insert(lock.alert_id);
  }
  std::vector<Subject> subjects;
  std::vector<std::string> ids;
  std::vector<std::string> others;
  for (const DayAlerts::Alert* alert : chosen(*day, asked.choice)) {
    // Where all of an address or a cluster is meant, what somebody decided, proposed or holds stays
    // as it is: who confirms a proposal looks at it.
    if (asked.choice.alerts.empty() && asked.action == Action::decide) {
      const auto state = room.store.state(date, alert->id);
      if ((state != nullptr && state->state.stage != Stage::open) || held.contains(alert->id)) {
        others.push_back(alert->id);
        continue;
      }
    }
    subjects.push_back(room.desk.subject(*day, *alert));
    ids.push_back(alert->id);
  }
  if (subjects.empty()) {
    return refused(kConflict,
                   "all of its alerts were decided or proposed already, or somebody else works on "
                   "them: look at them one by one",
                   others);
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
    return done(room, date, *seen, first, ids,
                [&](std::int64_t head) { return version_of(room, *day, head); });
  } catch (const Conflict& conflict) {
    return refused(conflict);
  }
}

Response undo(const Room& room, const User& user, const std::string& date,
              std::string_view if_match, const UndoRequest& asked) {
  const auto seen = seen_until(room, if_match);
  if (!seen) return no_version();
  try {
    const Store::Undone undone = room.store.undo(user.name, date, asked.sequence, *seen);
    // What is undone needs no batch, which may be gone: the client goes on with the one it named.
    return done(room, date, *seen, undone.first, undone.alerts,
                [&](std::int64_t head) { return version_after(room, if_match, head); });
  } catch (const Conflict& conflict) {
    return refused(conflict);
  }
}

Response next(const Room& room, const User& user, const std::string& date,
              const NextRequest& asked) {
  const auto day = room.days.get(date);
  try {
    if (!asked.after.empty()) room.store.unlock(date, asked.after, user.name);
    const Taken taken = take(room, user, day, asked);
    const std::int64_t open = room.queues.look(
        day, [&](const DayQueues& queues, std::int64_t) { return queues.open(asked.queue); });
    Json json{{"processing_date", date}, {"queue", name_of(asked.queue)},
              {"alert_id", nullptr},     {"until", nullptr},
              {"blind", false},          {"open", open}};
    if (taken.alert != nullptr) {
      // Who was taken out meanwhile holds nothing: his locks went before this one came.
      if (!room.users.now()->may_decide(user.name)) {
        room.store.unlock(date, taken.alert->id, user.name);
        return no_token();
      }
      json["alert_id"] = taken.alert->id;
      json["until"] = until_text(taken.until);
      json["blind"] = is_hidden(room, date, taken.alert->id);
    }
    return json_answer(json);
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
