#include "cases/desk.h"

#include <fmt/format.h>

#include <vector>

#include "base/hash.h"

namespace aml::cases {

namespace {

constexpr std::size_t kDrawDigits = 12;
constexpr double kDraws = 281'474'976'710'656.0;  // 16^12

}  // namespace

bool Desk::is_drawn(std::string_view what, std::string_view date, std::string_view alert_id,
                    double share) const {
  const std::string text = fmt::format("{}\n{}\n{}\n{}", draws_.of(date), what, date, alert_id);
  return static_cast<double>(hash_number(text, kDrawDigits)) < share * kDraws;
}

bool Desk::is_blind(std::string_view date, std::string_view alert_id) const {
  return is_drawn("blind", date, alert_id, rules_.blind_share);
}

Stratum Desk::stratum(const DayAlerts& day, const DayAlerts::Alert& alert) const {
  if (alert.is_sanctioned) return Stratum::sanctioned;
  if (rules_.line == 0 || (alert.rank > 0 && alert.rank <= rules_.line)) return Stratum::ranked;
  return is_drawn("sample", day.date, alert.id, rules_.sample_share) ? Stratum::sample
                                                                     : Stratum::chosen;
}

Subject Desk::subject(const DayAlerts& day, const DayAlerts::Alert& alert) const {
  const Stratum drawn = alert.stratum;
  return {.date = day.date,
          .alert_id = alert.id,
          .address = alert.address,
          .cluster_id = alert.cluster_id,
          .typology = alert.typology,
          .rank = alert.rank,
          .score = alert.score,
          .stratum = drawn,
          .weight = drawn == Stratum::sample ? 1 / rules_.sample_share : 1,
          .is_blind = is_blind(day.date, alert.id)};
}

Queue::Queue(const DayAlerts& day, Stratum stratum, const std::vector<CaseState>& states,
             const std::vector<Lock>& locks) {
  // By row, so that the many alerts that nothing was done to are not looked up.
  std::vector<const State*> done(day.alerts.size());
  for (const CaseState& one : states) {
    if (const auto row = day.by_id.find(one.subject.alert_id); row != day.by_id.end()) {
      done[row->second] = &one.state;
    }
  }
  std::vector<const Lock*> held(day.alerts.size());
  for (const Lock& one : locks) {
    if (const auto row = day.by_id.find(one.alert_id); row != day.by_id.end()) {
      held[row->second] = &one;
    }
  }
  std::vector<Waiting> seen;
  for (std::size_t row = 0; row < day.alerts.size(); ++row) {
    const DayAlerts::Alert& alert = day.alerts[row];
    if (alert.stratum != stratum) continue;
    const Waiting one{&alert, done[row], held[row]};
    if (one.state != nullptr && one.state->stage == Stage::decided) {
      ++decided_;
      continue;
    }
    ++open_;
    const bool was_seen = one.state != nullptr && one.state->stage == Stage::open &&
                          one.state->verdict == Verdict::seen;
    (was_seen ? seen : waiting_).push_back(one);
  }
  waiting_.insert(waiting_.end(), seen.begin(), seen.end());
}

std::vector<const DayAlerts::Alert*> Queue::waiting_for(const std::string& author,
                                                        const UserList& users) const {
  std::vector<const DayAlerts::Alert*> found;
  for (const Waiting& one : waiting_) {
    if (one.lock != nullptr && one.lock->author != author) continue;
    if (one.state != nullptr) {
      const std::string& assignee = one.state->assignee;
      if (assignee != author && users.may_decide(assignee)) continue;
      if (objection(*one.state, author, Action::decide)) continue;
    }
    found.push_back(one.alert);
  }
  return found;
}

}  // namespace aml::cases
