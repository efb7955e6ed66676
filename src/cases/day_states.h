#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cases/state_rows.h"

namespace aml::cases {

struct Lock {
  std::string date;
  std::string alert_id;
  std::string author;
  std::int64_t until = 0;  // seconds since 1970
};

// Where the alerts of one day stand and who holds them, in memory: what the file says of that day,
// brought up to date by each write instead of being read again. For one thread at a time.
class DayStates {
 public:
  using Row = std::shared_ptr<const CaseState>;

  // What the file says of the day.
  DayStates(std::vector<CaseState> rows, std::vector<Lock> locks);

  // Puts the row in the place of the alert's earlier one. REQUIRES: its last entry is younger than
  // all before.
  void put(const CaseState& row);
  void hold(Lock lock);
  void free(std::string_view alert_id, std::string_view author);
  // Frees what is held for anybody else than these.
  void keep_locks_of(std::span<const std::string> names);

  // Null where nothing was done to the alert.
  Row find(std::string_view alert_id) const;
  // All whose last entry comes after that one, in the order of their last entries.
  std::vector<Row> since(std::int64_t sequence) const;
  // The sequence of the last entry about the day; 0 where there is none.
  std::int64_t head() const { return changes_.empty() ? 0 : changes_.back().sequence; }
  // Those that hold at a time in seconds since 1970.
  std::vector<Lock> locks(std::int64_t now) const;

 private:
  void drop_replaced();

  struct Change {
    std::int64_t sequence = 0;
    Row row;  // null where a later change replaced it
  };
  std::vector<Change> changes_;                            // by their sequences
  std::map<std::string, std::size_t, std::less<>> by_id_;  // rows of `changes_`
  std::map<std::string, Lock, std::less<>> locks_;         // by alert
};

}  // namespace aml::cases
