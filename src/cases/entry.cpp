#include "cases/entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/hash.h"

namespace aml::cases {

namespace {

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
