#include "cases/queues.h"

#include <algorithm>
#include <optional>

namespace aml::cases {

DayQueues::DayQueues(std::shared_ptr<const DayAlerts> day)
    : day_(std::move(day)), places_(day_->alerts.size()), done_(day_->alerts.size()) {
  for (const DayAlerts::Alert& alert : day_->alerts) ++counts_of(alert.stratum).open;
}

void DayQueues::put(const DayStates::Row& row) {
  const auto found = day_->by_id.find(row->subject.alert_id);
  if (found == day_->by_id.end()) return;
  const State& state = row->state;
  Place place = Place::unseen;
  if (state.stage == Stage::decided) place = Place::decided;
  if (state.stage == Stage::open && state.verdict == Verdict::seen) place = Place::seen;
  Counts& counts = counts_of(day_->alerts[found->second].stratum);
  const std::int64_t more_decided =
      static_cast<std::int64_t>(place == Place::decided) -
      static_cast<std::int64_t>(places_[found->second] == Place::decided);
  counts.decided += more_decided;
  counts.open -= more_decided;
  places_[found->second] = place;
  done_[found->second] = row;
}

bool DayQueues::may_have(std::size_t row, const Asker& asker) const {
  const std::string& id = day_->alerts[row].id;
  const bool is_held = std::any_of(asker.locks.begin(), asker.locks.end(), [&](const Lock& lock) {
    return lock.alert_id == id && lock.author != asker.name;
  });
  if (is_held) return false;
  const CaseState* done = done_[row].get();
  if (done == nullptr) return true;
  const std::string& assignee = done->state.assignee;
  if (assignee != asker.name && asker.users.may_decide(assignee)) return false;
  return !objection(done->state, asker.name, Action::decide);
}

std::vector<const DayAlerts::Alert*> DayQueues::waiting_for(Stratum stratum, const Asker& asker,
                                                            std::size_t most) const {
  std::vector<const DayAlerts::Alert*> found;
  const auto walk = [&](Place place, std::size_t first, std::size_t end) {
    for (std::size_t row = first; row < end && found.size() < most; ++row) {
      if (places_[row] != place || day_->alerts[row].stratum != stratum) continue;
      if (may_have(row, asker)) found.push_back(&day_->alerts[row]);
    }
  };
  const std::size_t size = places_.size();
  const auto after = day_->by_id.find(asker.after);
  if (after == day_->by_id.end() || places_[after->second] == Place::decided ||
      day_->alerts[after->second].stratum != stratum || !may_have(after->second, asker)) {
    walk(Place::unseen, 0, size);
    walk(Place::seen, 0, size);
    return found;
  }
  const std::size_t behind = after->second + 1;
  if (places_[after->second] == Place::unseen) {
    walk(Place::unseen, behind, size);
    walk(Place::seen, 0, size);
    walk(Place::unseen, 0, behind);
  } else {
    walk(Place::seen, behind, size);
    walk(Place::unseen, 0, size);
    walk(Place::seen, 0, behind);
  }
  return found;
}

const Queues::OfDay& Queues::now(const std::shared_ptr<const DayAlerts>& day) {
  const auto found =
      std::find_if(days_.begin(), days_.end(), [&](const OfDay& one) { return one.day == day; });
  if (found != days_.end()) {
    days_.splice(days_.begin(), days_, found);
  } else {
    days_.remove_if([&](const OfDay& one) { return one.day->date == day->date; });
    days_.push_front({day, DayQueues(day)});
    if (days_.size() > kMostDays) days_.pop_back();
  }
  OfDay& current = days_.front();
  DayChanges changes = store_.changes(day->date, current.head);
  if (changes.generation != current.generation) {
    current = {day, DayQueues(day)};
    changes = store_.changes(day->date);
  }
  for (const DayStates::Row& row : changes.rows) current.queues.put(row);
  current.head = changes.head;
  current.generation = changes.generation;
  return current;
}

}  // namespace aml::cases
