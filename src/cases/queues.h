#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cases/day_alerts.h"
#include "cases/day_states.h"
#include "cases/store.h"
#include "cases/users.h"

namespace aml::cases {

// Alerts that wait for somebody are in these, in this order of urgency.
inline constexpr std::array<Stratum, 3> kQueues{Stratum::sanctioned, Stratum::ranked,
                                                Stratum::sample};

// A day's alerts as they wait for somebody, kept up to date by what is done to them. In each queue
// those come first that nobody looked at, by rank; then those that somebody has seen. For one
// thread at a time.
class DayQueues {
 public:
  explicit DayQueues(std::shared_ptr<const DayAlerts> day);

  // What was done to an alert last; to one that the day has not: nothing happens.
  void put(const DayStates::Row& row);

  // However many wait for anybody, and were decided.
  std::int64_t open(Stratum stratum) const { return counts_of(stratum).open; }
  std::int64_t decided(Stratum stratum) const { return counts_of(stratum).decided; }

  // For whom an alert is looked for. What is assigned to somebody who may not decide any more is
  // for all.
  struct Asker {
    const std::string& name;
    const UserList& users;
    std::span<const Lock> locks;  // what is held at the moment
    std::string_view after{};     // begin behind this alert, and go on at the first one
  };
  // At most so many, in order. Left out is what somebody else holds or is assigned to, and what
  // waits for other eyes.
  std::vector<const DayAlerts::Alert*> waiting_for(Stratum stratum, const Asker& asker,
                                                   std::size_t most) const;

 private:
  enum class Place : std::uint8_t { unseen, seen, decided };
  struct Counts {
    std::int64_t open = 0;
    std::int64_t decided = 0;
  };
  Counts& counts_of(Stratum stratum) { return counts_[static_cast<std::size_t>(stratum)]; }
  const Counts& counts_of(Stratum stratum) const {
    return counts_[static_cast<std::size_t>(stratum)];
  }
  bool may_have(std::size_t row, const Asker& asker) const;

  std::shared_ptr<const DayAlerts> day_;
  std::vector<Place> places_;         // by row of the day's alerts
  std::vector<DayStates::Row> done_;  // by row; null: nothing was done to it
  std::array<Counts, 4> counts_{};    // by stratum
};

// The queues of the days that are being worked on. May be asked from any thread.
class Queues {
 public:
  // Of the store, which outlives this.
  explicit Queues(Store& store) : store_(store) {}

  static constexpr std::size_t kMostDays = Days::kMost;

  // Calls `look` with the queues as the file has them now, and the sequence of the day's last entry
  // that they know of. Others wait meanwhile.
  template <typename Look>
  auto look(const std::shared_ptr<const DayAlerts>& day, Look look) {
    const std::lock_guard lock(mutex_);
    const OfDay& found = now(day);
    return look(found.queues, found.head);
  }

 private:
  struct OfDay {
    std::shared_ptr<const DayAlerts> day;
    DayQueues queues;
    std::int64_t head = 0;
    std::int64_t generation = 0;
  };
  const OfDay& now(const std::shared_ptr<const DayAlerts>& day);

  Store& store_;
  std::mutex mutex_;
  std::list<OfDay> days_;  // the last used first
};

}  // namespace aml::cases
