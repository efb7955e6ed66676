#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cases/day_states.h"

// What a Store keeps in memory of its file.
namespace aml::cases {

// What was done to a day's alerts, and the sequence of its last entry.
struct DayChanges {
  std::int64_t head = 0;
  // Another number than before: memory was read anew, and what was known may be gone or other.
  std::int64_t generation = 0;
  std::vector<DayStates::Row> rows;
};

// May be asked from any thread. Whoever changes it holds the lock of those who write, so that it
// follows the file step by step.
class StateMemory {
 public:
  // Days that are kept at most: the one that was asked for longest ago goes.
  static constexpr std::size_t kMostDays = 4;

  std::int64_t head() const;
  // Nothing where the day is not in memory.
  std::optional<DayChanges> changes(const std::string& date, std::int64_t after);
  std::optional<DayStates::Row> state(const std::string& date, std::string_view alert_id);
  std::optional<std::vector<Lock>> locks(const std::string& date, std::int64_t now);

  // The changes.
  void clear(std::int64_t head);
  void put_day(const std::string& date, DayStates day);
  void put(std::span<const CaseState> rows, std::int64_t head);
  void hold(const Lock& lock);
  void free(const std::string& date, const std::string& alert_id, const std::string& author);
  void keep_locks_of(std::span<const std::string> names);

 private:
  DayStates* find(const std::string& date);

  mutable std::mutex mutex_;
  std::list<std::pair<std::string, DayStates>> days_;  // the last used first
  std::int64_t head_ = 0;
  std::int64_t generation_ = 1;
};

}  // namespace aml::cases
