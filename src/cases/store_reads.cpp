// What store.h reads: from memory where it is there.
#include <fmt/format.h>

#include <algorithm>

#include "cases/store.h"

namespace aml::cases {

std::int64_t Store::head() {
  look_for_others();
  return memory_.head();
}

// Who writes looks himself, before he does.
void Store::look_for_others() {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (lock) notice_others();
}

// Reads what the file says of a day into memory.
void Store::load(const std::string& date) {
  const std::lock_guard lock(mutex_);
  notice_others();
  std::vector<Lock> locks;
  {
    SqlStatement row =
        database_->prepare("SELECT alert_id, author, until FROM locks WHERE date = ?");
    row.bind(date);
    while (row.next()) locks.push_back({date, row.text(0), row.text(1), row.integer(2)});
  }
  SqlStatement row =
      database_->prepare(fmt::format("SELECT {} FROM states WHERE date = ?", kStateColumns));
  row.bind(date);
  memory_.put_day(date, {read_states(row), std::move(locks)});
}

DayChanges Store::changes(const std::string& date, std::int64_t after) {
  return of_day(date, [&] { return memory_.changes(date, after); });
}

DayStates::Row Store::state(const std::string& date, const std::string& alert_id) {
  look_for_others();
  if (auto known = memory_.state(date, alert_id)) return std::move(*known);
  const std::lock_guard lock(reading_mutex_);
  SqlStatement row = reading_->prepare(
      fmt::format("SELECT {} FROM states WHERE date = ? AND alert_id = ?", kStateColumns));
  if (!row.bind(date).bind(alert_id).next()) return nullptr;
  return std::make_shared<const CaseState>(read_state(row));
}

std::vector<CaseState> Store::states_of_address(const std::string& address, std::size_t most) {
  const std::lock_guard lock(reading_mutex_);
  SqlStatement row =
      reading_->prepare(fmt::format("SELECT {} FROM states WHERE address = ? AND address <> '' "
                                    "ORDER BY date DESC, alert_id LIMIT ?",
                                    kStateColumns));
  row.bind(address).bind(static_cast<std::int64_t>(most));
  return read_states(row);
}

std::vector<Entry> Store::entries(const std::string& date, const std::string& alert_id) {
  const std::lock_guard lock(reading_mutex_);
  return entries_of(*reading_, date, alert_id);
}

std::vector<std::pair<std::string, Tally>> Store::tallies(const std::string& first,
                                                          const std::string& last) {
  const std::lock_guard lock(reading_mutex_);
  SqlStatement row = reading_->prepare(
      "SELECT date, stage, verdict, blind, capacity, alerts FROM tallies WHERE date >= ? AND "
      "date <= ? AND alerts > 0 ORDER BY date");
  row.bind(first).bind(last);
  std::vector<std::pair<std::string, Tally>> tallies;
  while (row.next()) {
    if (tallies.empty() || tallies.back().first != row.text(0))
      tallies.emplace_back(row.text(0), Tally{});
    tallies.back().second.add(stage_of(row.text(1)).value_or(Stage::open),
                              verdict_of(row.text(2)).value_or(Verdict::none), row.integer(3) != 0,
                              row.integer(4), row.integer(5));
  }
  return tallies;
}

}  // namespace aml::cases
