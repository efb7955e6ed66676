#include "cases/day_states.h"

#include <algorithm>
#include <iterator>

namespace aml::cases {

namespace {

// So few replaced rows are not worth to be removed.
constexpr std::size_t kFewChanges = 1'000;

}  // namespace

DayStates::DayStates(std::vector<CaseState> rows, std::vector<Lock> locks) {
  std::sort(rows.begin(), rows.end(), [](const CaseState& a, const CaseState& b) {
    return a.state.sequence < b.state.sequence;
  });
  changes_.reserve(rows.size());
  for (const CaseState& row : rows) put(row);
  for (Lock& lock : locks) hold(std::move(lock));
}

void DayStates::put(const CaseState& row) {
  const auto [place, is_new] = by_id_.try_emplace(row.subject.alert_id, changes_.size());
  if (!is_new) {
    changes_[place->second].row = nullptr;
    place->second = changes_.size();
  }
  changes_.push_back({row.state.sequence, std::make_shared<const CaseState>(row)});
  if (changes_.size() > 2 * by_id_.size() + kFewChanges) drop_replaced();
}

void DayStates::drop_replaced() {
  std::erase_if(changes_, [](const Change& change) { return change.row == nullptr; });
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    by_id_.find(changes_[i].row->subject.alert_id)->second = i;
  }
}

void DayStates::hold(Lock lock) {
  std::string id = lock.alert_id;
  locks_.insert_or_assign(std::move(id), std::move(lock));
}

void DayStates::free(std::string_view alert_id, std::string_view author) {
  const auto held = locks_.find(alert_id);
  if (held != locks_.end() && held->second.author == author) locks_.erase(held);
}

void DayStates::keep_locks_of(std::span<const std::string> names) {
  std::erase_if(locks_, [&](const auto& held) {
    return std::find(names.begin(), names.end(), held.second.author) == names.end();
  });
}

DayStates::Row DayStates::find(std::string_view alert_id) const {
  const auto place = by_id_.find(alert_id);
  return place == by_id_.end() ? nullptr : changes_[place->second].row;
}

std::vector<DayStates::Row> DayStates::since(std::int64_t sequence) const {
  auto change =
      std::upper_bound(changes_.begin(), changes_.end(), sequence,
                       [](std::int64_t after, const Change& one) { return after < one.sequence; });
  std::vector<Row> rows;
  rows.reserve(static_cast<std::size_t>(std::distance(change, changes_.end())));
  for (; change != changes_.end(); ++change) {
    if (change->row != nullptr) rows.push_back(change->row);
  }
  return rows;
}

std::vector<Lock> DayStates::locks(std::int64_t now) const {
  std::vector<Lock> locks;
  for (const auto& [id, lock] : locks_) {
    if (lock.until > now) locks.push_back(lock);
  }
  return locks;
}

}  // namespace aml::cases
