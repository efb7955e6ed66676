#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cases/entry.h"
#include "cases/schema.h"
#include "cases/state_rows.h"

namespace aml::cases {

// At most so many alerts are decided on in one go.
inline constexpr std::size_t kMostEntriesAtOnce = 1'000;
inline constexpr std::size_t kMostNoteBytes = 4'096;
inline constexpr std::size_t kMostReasonBytes = 256;
// Alerts that one person may hold at a time.
inline constexpr std::int64_t kMostLocks = 20;

// Why the store does not do what it was asked: somebody else was there first, or the rules forbid
// it. `kind` tells a client what to do.
class Conflict : public Error {
 public:
  enum class Kind { changed, forbidden };
  Conflict(Kind kind, const std::string& message) : Error(ErrorKind::usage, message), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

// What one person does to one or several alerts.
struct Deed {
  std::string author;
  Action action = Action::decide;
  Verdict verdict = Verdict::none;
  std::string through{};
  std::string reason{};
  std::string note{};
  std::string assignee{};
  std::string due{};          // empty: after due_days, where it is decided for the first time
  bool needs_second = false;  // by the rules; an alert that was ever proposed needs it anyway
  // What the author has seen: nothing newer may have happened to any of the alerts.
  std::int64_t seen_until = 0;
};

struct Lock {
  std::string date;
  std::string alert_id;
  std::string author;
  std::int64_t until = 0;  // seconds since 1970
};

// The file of cases, written by one server. What a function that writes returned from is on the
// disk, whatever happens then. All functions may be called from any thread; they throw
// SqlDatabase's errors.
class Store {
 public:
  struct Options {
    int due_days = 30;  // from the alert's date
    std::chrono::seconds lock_time = std::chrono::minutes(15);
  };
  Store(const std::filesystem::path& path, Options options);
  explicit Store(const std::filesystem::path& path) : Store(path, Options{}) {}

  // What the chain of hashes begins with; names this file.
  const std::string& chain() const { return chain_; }
  const Draws& draws() const { return draws_; }
  // The sequence of the last entry; 0 where there is none.
  std::int64_t head();
  // Of the last entry about a day.
  std::int64_t head_of(const std::string& date);

  // Appends an entry for each subject, all or none, and frees them; blind is only who decides on an
  // alert that was never decided before. Gives the first sequence.
  // Throws Conflict{changed} where one has an entry newer than deed.seen_until, and
  // Conflict{forbidden} where the rules forbid it, or somebody else holds one of them.
  // REQUIRES: 1 to kMostEntriesAtOnce subjects.
  std::int64_t append(const Deed& deed, std::span<const Subject> subjects);
  // Undoes the author's own entries that were made in one go with this one, each the last of its
  // alert. Throws Error{not_found} where there is no such entry, and as append(), also where
  // somebody else holds one of them.
  struct Undone {
    std::int64_t first = 0;  // sequence of the entries that undo
    std::vector<std::string> alerts{};
  };
  Undone undo(const std::string& author, const std::string& date, std::int64_t sequence,
              std::int64_t seen_until);

  // What was done to a day's alerts, in the order of their ids; to one of them; to those of an
  // address on all days, the newest first, at most `most`.
  std::vector<CaseState> states(const std::string& date);
  std::optional<CaseState> state(const std::string& date, const std::string& alert_id);
  std::vector<CaseState> states_of_address(const std::string& address, std::size_t most);
  // All that was decided on from one day to another, by day.
  std::vector<CaseState> states_between(const std::string& first, const std::string& last);
  // The entries of an alert that are still kept.
  std::vector<Entry> entries(const std::string& date, const std::string& alert_id);

  // Holds an alert for somebody, or holds it for longer: until so many seconds since 1970; nothing
  // where somebody else holds it, or something was done to it after entry `seen_until`. Throws
  // Conflict{forbidden} where he holds kMostLocks others. Outlives a kill; a power failure may free
  // what was held last.
  std::optional<std::int64_t> lock(const std::string& date, const std::string& alert_id,
                                   const std::string& author, std::int64_t seen_until);
  void unlock(const std::string& date, const std::string& alert_id, const std::string& author);
  std::vector<Lock> locks(const std::string& date);
  // Frees what is held for anybody else than these.
  void keep_locks_of(std::span<const std::string> names);

  // Forgets what alerts were about whose last entry is older: hashes stay, so that the chain still
  // proves the rest. Gives the number of entries.
  std::int64_t forget_before(const std::string& at);

 private:
  void append_entry(Entry& entry, const std::string& before, std::string& hash);
  void require_free(const Subject& subject, const std::string& author);
  void check(const Deed& deed, const Subject& subject, std::span<const Entry> entries);
  Entry new_entry(const Deed& deed, const Subject& subject, std::span<const Entry> earlier) const;
  std::int64_t append_all(std::vector<Entry> entries);
  void free(const std::string& date, const std::string& alert_id, const std::string& author);
  std::optional<Lock> lock_of_another(const std::string& date, const std::string& alert_id,
                                      const std::string& author);

  const Options options_;
  std::mutex mutex_;
  std::unique_ptr<SqlDatabase> database_;
  std::string chain_;
  Draws draws_;
};

}  // namespace aml::cases
