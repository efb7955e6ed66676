#include "cases/state_memory.h"

#include <algorithm>

namespace aml::cases {

std::int64_t StateMemory::head() const {
  const std::lock_guard lock(mutex_);
  return head_;
}

// REQUIRES: the mutex is held.
DayStates* StateMemory::find(const std::string& date) {
  const auto found =
      std::find_if(days_.begin(), days_.end(), [&](const auto& day) { return day.first == date; });
  if (found == days_.end()) return nullptr;
  days_.splice(days_.begin(), days_, found);
  return &found->second;
}

std::optional<DayChanges> StateMemory::changes(const std::string& date, std::int64_t after) {
  const std::lock_guard lock(mutex_);
  const DayStates* day = find(date);
  if (day == nullptr) return std::nullopt;
  return DayChanges{day->head(), generation_, day->since(after)};
}

std::optional<DayStates::Row> StateMemory::state(const std::string& date,
                                                 std::string_view alert_id) {
  const std::lock_guard lock(mutex_);
  const DayStates* day = find(date);
  if (day == nullptr) return std::nullopt;
  return day->find(alert_id);
}

std::optional<std::vector<Lock>> StateMemory::locks(const std::string& date, std::int64_t now) {
  const std::lock_guard lock(mutex_);
  const DayStates* day = find(date);
  if (day == nullptr) return std::nullopt;
  return day->locks(now);
}

void StateMemory::clear(std::int64_t head) {
  const std::lock_guard lock(mutex_);
  days_.clear();
  head_ = head;
  ++generation_;
}

void StateMemory::put_day(const std::string& date, DayStates day) {
  const std::lock_guard lock(mutex_);
  if (find(date) != nullptr) return;
  days_.emplace_front(date, std::move(day));
  if (days_.size() > kMostDays) days_.pop_back();
}

void StateMemory::put(std::span<const CaseState> rows, std::int64_t head) {
  const std::lock_guard lock(mutex_);
  for (const CaseState& row : rows) {
    const auto day = std::find_if(days_.begin(), days_.end(),
                                  [&](const auto& one) { return one.first == row.subject.date; });
    if (day != days_.end()) day->second.put(row);
  }
  head_ = head;
}

void StateMemory::hold(const Lock& lock) {
  const std::lock_guard guard(mutex_);
  if (DayStates* day = find(lock.date)) day->hold(lock);
}

void StateMemory::free(const std::string& date, const std::string& alert_id,
                       const std::string& author) {
  const std::lock_guard lock(mutex_);
  if (DayStates* day = find(date)) day->free(alert_id, author);
}

void StateMemory::keep_locks_of(std::span<const std::string> names) {
  const std::lock_guard lock(mutex_);
  for (auto& [date, day] : days_) day.keep_locks_of(names);
}

}  // namespace aml::cases
