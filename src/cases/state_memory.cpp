#include "cases/state_memory.h"

#include <algorithm>

namespace aml::cases {

void Tally::Counts::add(Verdict verdict) {
  report += static_cast<std::int64_t>(verdict == Verdict::report);
  no_report += static_cast<std::int64_t>(verdict == Verdict::no_report);
  unsure += static_cast<std::int64_t>(verdict == Verdict::unsure);
}

void Tally::Counts::add(const Counts& other) {
  report += other.report;
  no_report += other.no_report;
  unsure += other.unsure;
}

void Tally::add(Stage stage, Verdict verdict, bool is_blind, std::int64_t rank) {
  waiting += static_cast<std::int64_t>(stage == Stage::proposed || stage == Stage::disputed);
  if (stage != Stage::decided) return;
  ++decided;
  (is_blind ? blind : open).add(verdict);
  for (std::size_t i = 0; i < kCapacities.size(); ++i) {
    if (rank > 0 && rank <= kCapacities[i]) first[i].add(verdict);
  }
}

void Tally::add(const Tally& other) {
  blind.add(other.blind);
  open.add(other.open);
  for (std::size_t i = 0; i < first.size(); ++i) first[i].add(other.first[i]);
  waiting += other.waiting;
  decided += other.decided;
}

std::int64_t StateMemory::head() const {
  const std::lock_guard lock(mutex_);
  return head_;
}

std::int64_t StateMemory::changed() const {
  const std::lock_guard lock(mutex_);
  return changed_;
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

std::optional<Tally> StateMemory::tally(const std::string& date) const {
  const std::lock_guard lock(mutex_);
  const auto found = tallies_.find(date);
  if (found == tallies_.end()) return std::nullopt;
  return found->second;
}

void StateMemory::clear(std::int64_t head) {
  const std::lock_guard lock(mutex_);
  days_.clear();
  tallies_.clear();
  head_ = head;
  ++changed_;
  ++generation_;
}

void StateMemory::put_day(const std::string& date, DayStates day) {
  const std::lock_guard lock(mutex_);
  if (find(date) != nullptr) return;
  days_.emplace_front(date, std::move(day));
  if (days_.size() > kMostDays) days_.pop_back();
}

void StateMemory::put_tally(const std::string& date, const Tally& tally, std::int64_t changed) {
  const std::lock_guard lock(mutex_);
  if (changed_ == changed) tallies_.insert_or_assign(date, tally);
}

void StateMemory::put(std::span<const CaseState> rows, std::int64_t head) {
  const std::lock_guard lock(mutex_);
  for (const CaseState& row : rows) {
    tallies_.erase(row.subject.date);
    const auto day = std::find_if(days_.begin(), days_.end(),
                                  [&](const auto& one) { return one.first == row.subject.date; });
    if (day != days_.end()) day->second.put(row);
  }
  head_ = head;
  ++changed_;
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
