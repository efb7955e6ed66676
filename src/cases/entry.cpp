#include "cases/entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/hash.h"

namespace aml::cases {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<const char*, 4> kActions{"decide", "assign", "reopen", "undo"};
constexpr std::array<const char*, 5> kVerdicts{"", "seen", "report", "no_report", "unsure"};
constexpr std::array<const char*, 4> kStages{"open", "proposed", "disputed", "decided"};
constexpr std::array<const char*, 4> kStrata{"sanctioned", "ranked", "sample", "chosen"};

template <typename Kind, std::size_t count>
std::optional<Kind> kind_of(const std::array<const char*, count>& names, std::string_view name) {
  for (std::size_t i = 0; i < count; ++i) {
    if (name == names[i]) return static_cast<Kind>(i);
  }
  return std::nullopt;
}

template <typename Kind, std::size_t count>
Kind require_kind(const std::array<const char*, count>& names, const Json& json,
                  const char* member) {
  if (const auto kind = kind_of<Kind>(names, json.at(member).get<std::string>())) return *kind;
  throw Error(ErrorKind::bad_input,
              fmt::format("an entry of the trail has another {} than there are", member));
}

void decide(State& state, const Entry& entry) {
  if (entry.verdict == Verdict::seen) {
    if (state.stage == Stage::open) {
      state.verdict = Verdict::seen;
      state.author = entry.author;
    }
    return;
  }
  state.decided_at = entry.at;
  state.decided_by = entry.sequence;
  if (state.stage == Stage::proposed) {
    state.second = entry.author;
    state.stage = entry.verdict == state.verdict ? Stage::decided : Stage::disputed;
    return;
  }
  // Of a dispute, the third decides alone.
  const bool waits = entry.needs_second && state.stage == Stage::open;
  state.verdict = entry.verdict;
  state.author = entry.author;
  state.stage = waits ? Stage::proposed : Stage::decided;
  if (waits) state.second.clear();
}

void reopen(State& state) {
  state.stage = Stage::open;
  state.verdict = Verdict::none;
  state.author.clear();
  state.second.clear();
  state.decided_at.clear();
  state.decided_by = 0;
}

}  // namespace

const char* name_of(Action action) { return kActions[static_cast<std::size_t>(action)]; }
const char* name_of(Verdict verdict) { return kVerdicts[static_cast<std::size_t>(verdict)]; }
const char* name_of(Stage stage) { return kStages[static_cast<std::size_t>(stage)]; }
const char* name_of(Stratum stratum) { return kStrata[static_cast<std::size_t>(stratum)]; }
std::optional<Action> action_of(std::string_view name) { return kind_of<Action>(kActions, name); }
std::optional<Verdict> verdict_of(std::string_view name) {
  return kind_of<Verdict>(kVerdicts, name);
}
std::optional<Stage> stage_of(std::string_view name) { return kind_of<Stage>(kStages, name); }
std::optional<Stratum> stratum_of(std::string_view name) { return kind_of<Stratum>(kStrata, name); }

std::string to_json(const Entry& entry) {
  const Subject& subject = entry.subject;
  const Json json{{"sequence", entry.sequence},
                  {"at", entry.at},
                  {"author", entry.author},
                  {"action", name_of(entry.action)},
                  {"date", subject.date},
                  {"alert_id", subject.alert_id},
                  {"address", subject.address},
                  {"cluster_id", subject.cluster_id},
                  {"typology", subject.typology},
                  {"rank", subject.rank},
                  {"score", subject.score},
                  {"stratum", name_of(subject.stratum)},
                  {"weight", subject.weight},
                  {"blind", subject.is_blind},
                  {"group", entry.group},
                  {"through", entry.through},
                  {"verdict", name_of(entry.verdict)},
                  {"reason", entry.reason},
                  {"note", entry.note},
                  {"assignee", entry.assignee},
                  {"due", entry.due},
                  {"needs_second", entry.needs_second},
                  {"undoes", entry.undoes}};
  return json.dump();
}

Entry entry_of(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    Entry entry;
    entry.sequence = json.at("sequence").get<std::int64_t>();
    json.at("at").get_to(entry.at);
    json.at("author").get_to(entry.author);
    entry.action = require_kind<Action>(kActions, json, "action");
    Subject& subject = entry.subject;
    json.at("date").get_to(subject.date);
    json.at("alert_id").get_to(subject.alert_id);
    json.at("address").get_to(subject.address);
    json.at("cluster_id").get_to(subject.cluster_id);
    json.at("typology").get_to(subject.typology);
    json.at("rank").get_to(subject.rank);
    json.at("score").get_to(subject.score);
    subject.stratum = require_kind<Stratum>(kStrata, json, "stratum");
    json.at("weight").get_to(subject.weight);
    json.at("blind").get_to(subject.is_blind);
    json.at("group").get_to(entry.group);
    json.at("through").get_to(entry.through);
    entry.verdict = require_kind<Verdict>(kVerdicts, json, "verdict");
    json.at("reason").get_to(entry.reason);
    json.at("note").get_to(entry.note);
    json.at("assignee").get_to(entry.assignee);
    json.at("due").get_to(entry.due);
    json.at("needs_second").get_to(entry.needs_second);
    json.at("undoes").get_to(entry.undoes);
    return entry;
  } catch (const Json::exception& e) {
    throw Error(ErrorKind::bad_input, fmt::format("no entry of a trail of cases: {}", e.what()));
  }
}

std::string chained_hash(std::string_view before, std::string_view json_sha256) {
  return hash_text(HashKind::sha256, fmt::format("{}\n{}", before, json_sha256));
}

State state_after(std::span<const Entry> entries) {
  std::set<std::int64_t> undone;
  for (const Entry& entry : entries) {
    if (entry.action == Action::undo) undone.insert(entry.undoes);
  }
  State state;
  for (const Entry& entry : entries) {
    state.sequence = entry.sequence;
    if (entry.action == Action::undo) continue;
    State next = state;
    if (!entry.assignee.empty()) next.assignee = entry.assignee;
    if (!entry.due.empty()) next.due = entry.due;
    if (entry.action == Action::decide) decide(next, entry);
    if (entry.action == Action::reopen) reopen(next);
    const bool was_decided = state.was_decided || next.stage == Stage::decided;
    if (!undone.contains(entry.sequence)) state = std::move(next);
    state.was_decided = was_decided;
  }
  return state;
}

bool was_proposed(std::span<const Entry> entries) {
  return std::any_of(entries.begin(), entries.end(),
                     [](const Entry& entry) { return entry.needs_second; });
}

std::optional<std::string> objection(const State& state, const std::string& author, Action action) {
  if (action != Action::decide && action != Action::reopen) return std::nullopt;
  // A party that reopened would be rid of the other's eyes.
  if (state.stage == Stage::proposed && state.author == author) {
    return "waits for a second pair of eyes, which must be another's";
  }
  if (state.stage == Stage::disputed && (state.author == author || state.second == author)) {
    return fmt::format("is disputed between {} and {}: a third person decides", state.author,
                       state.second);
  }
  if (action == Action::reopen && state.stage == Stage::open) return "is open already";
  if (action == Action::decide && state.stage == Stage::decided) {
    return fmt::format("was decided by {} already: reopen it first", state.author);
  }
  return std::nullopt;
}

}  // namespace aml::cases
