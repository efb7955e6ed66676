#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

// What people do to alerts, entry by entry, and what follows from it.
namespace aml::cases {

enum class Action { decide, assign, reopen, undo };
// What somebody thinks of an alert. no_report is not "clean": it says that nothing was reported.
enum class Verdict { none, seen, report, no_report, unsure };
// open: nobody decided; proposed: it waits for a second pair of eyes; disputed: the second saw it
// otherwise, and a third decides; decided.
enum class Stage { open, proposed, disputed, decided };
// How an alert came to be decided on. sample: drawn by chance from those below the line of what a
// team reviews; chosen: below that line, by somebody's own choice.
enum class Stratum { sanctioned, ranked, sample, chosen };

const char* name_of(Action action);
const char* name_of(Verdict verdict);
const char* name_of(Stage stage);
const char* name_of(Stratum stratum);
// Nothing for other text.
std::optional<Action> action_of(std::string_view name);
std::optional<Verdict> verdict_of(std::string_view name);
std::optional<Stage> stage_of(std::string_view name);
std::optional<Stratum> stratum_of(std::string_view name);

// An alert as it stood in its day's batch when somebody acted on it.
struct Subject {
  std::string date{};  // of the batch, "2025-10-26"
  std::string alert_id{};
  std::string address{};     // empty: not known
  std::string cluster_id{};  // empty: none, or not known
  std::string typology{};    // empty: not known
  std::int64_t rank = 0;     // 0: not ranked
  double score = 0;
  Stratum stratum = Stratum::ranked;
  double weight = 1;      // of how many alerts it speaks: 1 / the share that was drawn
  bool is_blind = false;  // score and reasons were hidden until it was decided

  bool operator==(const Subject&) const = default;
};

struct Entry {
  std::int64_t sequence = 0;  // from 1, without gaps
  std::string at{};           // UTC, "2025-10-27T09:30:00.120Z"
  std::string author{};
  Action action = Action::decide;
  Subject subject{};
  std::int64_t group = 0;  // the first sequence of what was done in one go
  std::string through{};   // "address", "cluster" or "selection" where that was decided on
  Verdict verdict = Verdict::none;
  std::string reason{};
  std::string note{};
  std::string assignee{};     // empty: as before
  std::string due{};          // a date; empty: as before
  bool needs_second = false;  // a verdict that another person must confirm
  std::int64_t undoes = 0;    // of an undo: the entry that counts no more
};

// The entry as the trail has it: one line of JSON with all members in a fixed order.
std::string to_json(const Entry& entry);
// Throws Error{bad_input} where it is none.
Entry entry_of(std::string_view json);

// The hash of an entry: sha256, in hex, of the hash of the entry before it, a line feed, and the
// sha256 of the entry's JSON. Hashes hold where the JSON is gone after its time.
std::string chained_hash(std::string_view before, std::string_view json_sha256);

// Where an alert stands after its entries.
struct State {
  Stage stage = Stage::open;
  Verdict verdict = Verdict::none;
  std::string author{};  // of the verdict
  std::string second{};  // who confirmed it, or saw it otherwise
  std::string assignee{};
  std::string due{};
  std::string decided_at{};     // of the last decision
  std::int64_t decided_by = 0;  // its sequence
  std::int64_t sequence = 0;    // of the last entry
  // At some time, undone and reopened or not: then score and reasons were shown.
  bool was_decided = false;

  bool operator==(const State&) const = default;
};

// REQUIRES: entries of one alert, in order.
State state_after(std::span<const Entry> entries);

// Whether the alert was ever proposed to a second pair of eyes. Then each later verdict on it is,
// too, whatever was undone or reopened meanwhile: nobody comes alone to another one that way.
bool was_proposed(std::span<const Entry> entries);

// A sentence on why `author` may not do that to an alert in this state; nothing where he may.
std::optional<std::string> objection(const State& state, const std::string& author, Action action);

}  // namespace aml::cases
