#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <map>
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

// Of the first so many by rank it is reported what a review found.
inline constexpr std::array<std::int64_t, 8> kCapacities{10, 20, 50, 100, 200, 500, 1'000, 2'000};

// How many alerts of a day were decided, and how.
struct Tally {
  struct Counts {
    std::int64_t report = 0;
    std::int64_t no_report = 0;
    std::int64_t unsure = 0;

    void add(Verdict verdict);
    void add(const Counts& other);
    bool operator==(const Counts&) const = default;
  };
  Counts blind;
  Counts open;
  std::array<Counts, kCapacities.size()> first{};  // of the first so many by rank
  std::int64_t waiting = 0;                        // for other eyes
  std::int64_t decided = 0;

  void add(Stage stage, Verdict verdict, bool is_blind, std::int64_t rank);
  void add(const Tally& other);
  bool operator==(const Tally&) const = default;
};

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
  std::optional<Tally> tally(const std::string& date) const;
  // Counts how often anything was changed: a tally is only put where nothing was meanwhile.
  std::int64_t changed() const;

  // The changes.
  void clear(std::int64_t head);
  void put_day(const std::string& date, DayStates day);
  void put_tally(const std::string& date, const Tally& tally, std::int64_t changed);
  void put(std::span<const CaseState> rows, std::int64_t head);
  void hold(const Lock& lock);
  void free(const std::string& date, const std::string& alert_id, const std::string& author);
  void keep_locks_of(std::span<const std::string> names);

 private:
  DayStates* find(const std::string& date);

  mutable std::mutex mutex_;
  std::list<std::pair<std::string, DayStates>> days_;  // the last used first
  std::map<std::string, Tally> tallies_;
  std::int64_t head_ = 0;
  std::int64_t changed_ = 0;
  std::int64_t generation_ = 1;
};

}  // namespace aml::cases
