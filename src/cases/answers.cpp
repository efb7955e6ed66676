// The reading answers of room.h.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "base/date.h"
#include "base/error.h"
#include "base/parse_number.h"
#include "cases/blindness.h"
#include "cases/room.h"
#include "http/conditional.h"
#include "http/target.h"

namespace aml::cases {

namespace {

using Json = nlohmann::ordered_json;
using http::Response;

constexpr std::size_t kChainDigits = 12;
constexpr std::size_t kDayDigits = 12;

// The rules as the page needs them.
Json rules_json(const DeskRules& rules) {
  Json four_eyes = Json::array();
  for (const Verdict verdict : rules.four_eyes) four_eyes.push_back(name_of(verdict));
  return {{"line", rules.line},
          {"sample_share", rules.sample_share},
          {"blind_share", rules.blind_share},
          {"four_eyes", std::move(four_eyes)}};
}

// An earlier decision on the alert's address, and what is new since.
Json offer_json(const Room& room, const DayAlerts& day, const DayAlerts::Alert& alert,
                const CaseState& earlier, bool is_now_hidden) {
  Json offer = state_json(earlier);
  offer["processing_date"] = earlier.subject.date;
  std::string typology;
  for (const Entry& entry : room.store.entries(earlier.subject.date, earlier.subject.alert_id)) {
    if (entry.sequence != earlier.state.decided_by) continue;
    offer["reason"] = entry.reason;
    offer["note"] = entry.note;
    typology = entry.subject.typology;
  }
  const auto alerts_now =
      std::count_if(day.alerts.begin(), day.alerts.end(),
                    [&](const auto& other) { return other.address == alert.address; });
  offer["since"] = {{"typology_then", typology},
                    {"typology_now", alert.typology},
                    {"rank_then", earlier.subject.rank},
                    {"rank_now", alert.rank},
                    {"score_then", earlier.subject.score},
                    {"score_now", is_now_hidden ? Json() : Json(alert.score)},
                    {"alerts_now", alerts_now}};
  return offer;
}

Json offers_json(const Room& room, const DayAlerts& day, const DayAlerts::Alert& alert) {
  Json offers = Json::array();
  if (alert.address.empty()) return offers;
  const bool is_now_hidden = is_hidden(room, day.date, alert.id);
  for (const CaseState& one : room.store.states_of_address(alert.address, kMostOfAddress)) {
    const bool is_this = one.subject.date == day.date && one.subject.alert_id == alert.id;
    if (is_this || one.subject.date > day.date || one.state.stage != Stage::decided) continue;
    offers.push_back(offer_json(room, day, alert, one, is_now_hidden));
    if (offers.size() == kMostOffers) break;
  }
  return offers;
}

Json entries_json(std::span<const Entry> entries) {
  Json list = Json::array();
  for (const Entry& entry : entries) {
    list.push_back({{"sequence", entry.sequence},
                    {"at", entry.at},
                    {"author", entry.author},
                    {"action", name_of(entry.action)},
                    {"verdict", name_of(entry.verdict)},
                    {"through", entry.through},
                    {"reason", entry.reason},
                    {"note", entry.note},
                    {"assignee", entry.assignee},
                    {"due", entry.due},
                    {"blind", entry.subject.is_blind},
                    {"undoes", entry.undoes}});
  }
  return list;
}

Json counts_json(const Tally::Counts& counts) {
  return {{"decided", counts.report + counts.no_report + counts.unsure},
          {"report", counts.report},
          {"no_report", counts.no_report},
          {"unsure", counts.unsure}};
}

// What stands behind the second dash says which batch the client has seen, which forbids nothing.
bool is_day_tag(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string version_of(Store& store, std::int64_t sequence) {
  return fmt::format("\"{}-{}\"", store.chain().substr(0, kChainDigits), sequence);
}

std::optional<std::int64_t> seen_until(const Room& room, std::string_view version) {
  const std::int64_t head = room.store.head();
  if (!version.starts_with('"') || !version.ends_with('"')) return std::nullopt;
  const std::size_t dash = version.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  std::size_t end = version.find('-', dash + 1);
  if (end == std::string_view::npos) {
    end = version.size() - 1;
  } else if (!is_day_tag(version.substr(end + 1, version.size() - end - 2))) {
    return std::nullopt;
  }
  const auto sequence = parse_number<std::int64_t>(version.substr(dash + 1, end - dash - 1));
  if (!sequence || *sequence < 0 || *sequence > head) return std::nullopt;
  const std::string known = version_of(room.store, *sequence);
  if (version.substr(0, end) != std::string_view(known).substr(0, known.size() - 1)) {
    return std::nullopt;
  }
  return sequence;
}

std::string version_after(const Room& room, std::string_view version, std::int64_t sequence) {
  std::string after = version_of(room.store, sequence);
  const std::size_t batch = version.find('-', version.find('-') + 1);
  if (batch == std::string_view::npos) return after;
  after.pop_back();
  return after + std::string(version.substr(batch));
}

std::string version_of(const Room& room, const DayAlerts& day, std::int64_t sequence) {
  std::string version = version_of(room.store, sequence);
  version.pop_back();
  const std::string shown = fmt::format("{} {}", day.etag, room.desk.rules().blind_share);
  return version + "-" + http::content_tag(shown).substr(0, kDayDigits) + "\"";
}

Response json_answer(const Json& json, const std::string& etag) {
  Response response{.fields = {{"Cache-Control", etag.empty() ? "no-store" : "private, no-cache"}},
                    .body = http::make_body(json.dump() + "\n")};
  if (!etag.empty()) response.fields.emplace_back("ETag", etag);
  return response;
}

Json state_json(const CaseState& one) {
  const State& state = one.state;
  return {{"alert_id", one.subject.alert_id},
          {"stage", name_of(state.stage)},
          {"verdict", name_of(state.verdict)},
          {"author", state.author},
          {"second", state.second},
          {"assignee", state.assignee},
          {"due", state.due},
          {"decided_at", state.decided_at},
          {"stratum", name_of(one.subject.stratum)},
          {"blind", one.subject.is_blind},
          {"shown", state.was_decided},
          {"sequence", state.sequence}};
}

Response show_user(const Room& room, const User& user) {
  return json_answer({{"name", user.name},
                      {"may_decide", user.may_decide},
                      {"people", room.users.now()->deciders()},
                      {"rules", rules_json(room.desk.rules())}});
}

namespace {

// What a client who has seen the day's cases until an entry has not seen yet.
Response show_changes(const Room& room, const DayAlerts& day, std::int64_t seen) {
  const DayChanges changes = room.store.changes(day.date, seen);
  Json alerts = Json::array();
  for (const DayStates::Row& row : changes.rows) alerts.push_back(state_json(*row));
  return json_answer({{"processing_date", day.date},
                      {"version", version_of(room, day, std::max(changes.head, seen))},
                      {"since", version_of(room, day, seen)},
                      {"alerts", std::move(alerts)}});
}

}  // namespace

Response show_day(const Room& room, const http::Request& request, const std::string& date,
                  const std::string& since) {
  const auto day = room.days.get(date);  // first: of a day without a batch nobody has anything
  const auto seen = since.empty() ? std::nullopt : seen_until(room, since);
  if (seen && version_of(room, *day, *seen) == since) return show_changes(room, *day, *seen);
  const DayChanges changes = room.store.changes(date);
  const std::string version = version_of(room, *day, changes.head);
  if (http::client_has(request, version)) {
    return {.status = 304, .fields = {{"ETag", version}, {"Cache-Control", "private, no-cache"}}};
  }
  std::vector<DayStates::Row> rows = changes.rows;
  std::sort(rows.begin(), rows.end(),
            [](const auto& a, const auto& b) { return a->subject.alert_id < b->subject.alert_id; });
  Json alerts = Json::array();
  for (const DayStates::Row& row : rows) alerts.push_back(state_json(*row));
  return json_answer({{"processing_date", date},
                      {"version", version},
                      {"alerts", std::move(alerts)},
                      {"hidden", hidden_alerts(room, *day)}},
                     version);
}

Response show_queues(const Room& room, const std::string& date) {
  const auto day = room.days.get(date);
  const auto locks = room.store.locks(date);
  Json queues = Json::object();
  room.queues.look(day, [&](const DayQueues& now, std::int64_t) {
    for (const Stratum stratum : kQueues) {
      queues[name_of(stratum)] = {{"open", now.open(stratum)}, {"decided", now.decided(stratum)}};
    }
  });
  Json held = Json::array();
  for (const Lock& lock : locks) {
    held.push_back({{"alert_id", lock.alert_id},
                    {"author", lock.author},
                    {"until", utc_text(std::chrono::system_clock::time_point(
                                  std::chrono::seconds(lock.until)))}});
  }
  return json_answer(
      {{"processing_date", date}, {"queues", std::move(queues)}, {"locks", std::move(held)}});
}

Response show_alert(const Room& room, const User& user, const std::string& date,
                    const std::string& alert_id) {
  const auto day = room.days.get(date);
  const DayAlerts::Alert* alert = day->find(alert_id);
  const auto state = room.store.state(date, alert_id);
  if (alert == nullptr && !state) {
    throw Error(ErrorKind::not_found,
                fmt::format("{} has no alert {}", date, http::shown(alert_id)));
  }
  const std::string version = version_of(room.store, state ? state->state.sequence : 0);
  Json json{{"processing_date", date},
            {"alert_id", alert_id},
            {"version", version},
            {"hidden", alert != nullptr && is_hidden(room, date, alert_id)},
            {"state", nullptr},
            {"held_by", ""},
            {"entries", entries_json(room.store.entries(date, alert_id))},
            {"offers", Json::array()}};
  if (state) json["state"] = state_json(*state);
  for (const Lock& lock : room.store.locks(date)) {
    if (lock.alert_id == alert_id && lock.author != user.name) json["held_by"] = lock.author;
  }
  if (alert != nullptr) json["offers"] = offers_json(room, *day, *alert);
  return json_answer(json, version);
}

Response show_address(const Room& room, const std::string& address) {
  Json alerts = Json::array();
  for (const CaseState& one : room.store.states_of_address(address, kMostOfAddress)) {
    Json json = state_json(one);
    json["processing_date"] = one.subject.date;
    alerts.push_back(std::move(json));
  }
  return json_answer({{"address", address}, {"alerts", std::move(alerts)}});
}

Response show_report(const Room& room, const std::string& from, const std::string& to) {
  for (const std::string& date : {from, to}) {
    if (!Date::parse(date)) throw Error(ErrorKind::usage, "from and to must be dates");
  }
  Tally all;
  std::int64_t days = 0;
  for (const auto& [date, tally] : room.store.tallies(from, to)) {
    all.add(tally);
    days += static_cast<std::int64_t>(tally.decided > 0);
  }
  Json capacity = Json::array();
  for (std::size_t i = 0; i < kCapacities.size(); ++i) {
    Json json = counts_json(all.first[i]);
    json["rank"] = kCapacities[i];
    capacity.push_back(std::move(json));
  }
  return json_answer({{"from", from},
                      {"to", to},
                      {"days", days},
                      {"waiting_for_others", all.waiting},
                      {"blind", counts_json(all.blind)},
                      {"open", counts_json(all.open)},
                      {"first_by_rank", std::move(capacity)}});
}

}  // namespace aml::cases
