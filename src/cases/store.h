#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "cases/conflict.h"
#include "cases/day_states.h"
#include "cases/entry.h"
#include "cases/schema.h"
#include "cases/state_memory.h"
#include "cases/state_rows.h"
#include "cases/tally.h"

namespace aml::cases {

// At most so many alerts are decided on in one go.
inline constexpr std::size_t kMostEntriesAtOnce = 1'000;
inline constexpr std::size_t kMostNoteBytes = 4'096;
inline constexpr std::size_t kMostReasonBytes = 256;
// Alerts that one person may hold at a time.
inline constexpr std::int64_t kMostLocks = 20;

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

// The file of cases, written by one server. What a function that writes returned from is on the
// disk, whatever happens then. Where a day's alerts stand is kept in memory, for the few days that
// are being worked on, and follows each write; what another process writes is noticed with the next
// question. All functions may be called from any thread; they throw SqlDatabase's errors.
class Store {
 public:
  struct Options {
    int due_days = 30;  // from the alert's date
    std::chrono::seconds lock_time = std::chrono::minutes(15);
  };
  Store(const std::filesystem::path& path, Options options);
  explicit Store(const std::filesystem::path& path) : Store(path, Options{}) {}

  // Looks whether the file is whole, where it was too large for that when it was opened; takes
  // long. Throws Error{bad_input} with advice where it is damaged: nothing is written any more
  // then. Error{unavailable} once a stop is asked for.
  void require_whole(const std::stop_token& stop);

  // What the chain of hashes begins with; names this file.
  const std::string& chain() const { return chain_; }
  const Draws& draws() const { return draws_; }
  // The sequence of the last entry; 0 where there is none.
  std::int64_t head();

  // Appends an entry for each subject, all or none, and frees those that are decided or handed to
  // somebody else; blind is only who decides on an alert that was never decided before. Gives the
  // first sequence.
  // Throws Conflict{changed} where one has an entry newer than deed.seen_until, and
  // Conflict{forbidden} where the rules forbid it, or somebody else holds one of them; it names all
  // that stand in the way.
  // REQUIRES: 1 to kMostEntriesAtOnce subjects.
  std::int64_t append(const Deed& deed, std::span<const Subject> subjects);
  // Undoes the author's own entries that were made in one go with this one, each the last of its
  // alert that was not undone. Throws Error{not_found} where there is no such entry, and as
  // append(), also where somebody else holds one of them.
  struct Undone {
    std::int64_t first = 0;  // sequence of the entries that undo
    std::vector<std::string> alerts{};
  };
  Undone undo(const std::string& author, const std::string& date, std::int64_t sequence,
              std::int64_t seen_until);

  // What was done to a day's alerts after an entry (0: all that was done), in the order of their
  // last entries, and the sequence of the day's last entry.
  DayChanges changes(const std::string& date, std::int64_t after = 0);
  // What was done to one of them; null: nothing.
  DayStates::Row state(const std::string& date, const std::string& alert_id);
  // To those of an address on all days, the newest first, at most `most`.
  std::vector<CaseState> states_of_address(const std::string& address, std::size_t most);
  // What was decided on each day from one to another that has anything, by day.
  std::vector<std::pair<std::string, Tally>> tallies(const std::string& first,
                                                     const std::string& last);
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
  // proves the rest. Where all of them are older nothing is forgotten, as by a clock that runs
  // ahead: somebody must have acted since. Gives the number of entries.
  std::int64_t forget_before(const std::string& at);

 private:
  void append_entry(Entry& entry, const std::string& before, std::string& hash);
  void require_free(const Subject& subject, const std::string& author);
  void check(const Deed& deed, const Subject& subject, std::span<const Entry> entries);
  void check_undo(const Entry& entry, const std::string& author, std::int64_t seen_until);
  Entry new_entry(const Deed& deed, const Subject& subject, std::span<const Entry> earlier) const;
  // What a write did: the new rows, and the numbers of those of them that are held no more.
  struct Written {
    std::vector<CaseState> rows{};
    std::vector<std::size_t> freed{};
  };
  std::int64_t append_all(std::vector<Entry> entries, Written& written);
  void remember(const Written& written, const std::string& author);
  void free(const std::string& date, const std::string& alert_id, const std::string& author);
  std::optional<Lock> lock_of_another(const std::string& date, const std::string& alert_id,
                                      const std::string& author);
  void write(const std::function<void()>& work, SqlDatabase::Lasting lasting);
  void notice_others();
  void look_for_others();
  void load(const std::string& date);
  // What `ask` says of a day that is in memory; it is brought there.
  template <typename Ask>
  auto of_day(const std::string& date, Ask ask) {
    look_for_others();
    auto found = ask();
    while (!found) {  // until nobody else's days took its place meanwhile
      load(date);
      found = ask();
    }
    return std::move(*found);
  }

  const std::filesystem::path path_;
  const Options options_;
  std::mutex mutex_;  // of what writes
  std::unique_ptr<SqlDatabase> database_;
  std::string chain_;
  Draws draws_;
  std::int64_t data_version_ = 0;
  std::optional<std::string> damage_;
  StateMemory memory_;
  // Reads what is not in memory, beside a writer that waits for the disk.
  std::mutex reading_mutex_;
  std::unique_ptr<SqlDatabase> reading_;
};

}  // namespace aml::cases
