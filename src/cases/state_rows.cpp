#include "cases/state_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "cases/tally.h"

namespace aml::cases {

const char* const kStateColumns =
    "date, alert_id, address, cluster_id, sequence, stage, verdict, author, second, assignee, due, "
    "decided_at, decided_by, rank, score, stratum, weight, blind, changed_at, shown";

CaseState case_after(std::span<const Entry> entries) {
  CaseState row{.state = state_after(entries), .changed_at = entries.back().at};
  // What a decision stood on is that of the decision, not of what was assigned later.
  const Entry* basis = &entries.back();
  for (const Entry& entry : entries) {
    if (entry.sequence == row.state.decided_by) basis = &entry;
  }
  row.subject = basis->subject;
  row.subject.typology.clear();
  return row;
}

CaseState read_state(const SqlStatement& row) {
  CaseState found;
  Subject& subject = found.subject;
  subject.date = row.text(0);
  subject.alert_id = row.text(1);
  subject.address = row.text(2);
  subject.cluster_id = row.text(3);
  State& state = found.state;
  state.sequence = row.integer(4);
  state.stage = stage_of(row.text(5)).value_or(Stage::open);
  state.verdict = verdict_of(row.text(6)).value_or(Verdict::none);
  state.author = row.text(7);
  state.second = row.text(8);
  state.assignee = row.text(9);
  state.due = row.text(10);
  state.decided_at = row.text(11);
  state.decided_by = row.integer(12);
  subject.rank = row.integer(13);
  subject.score = row.real(14);
  subject.stratum = stratum_of(row.text(15)).value_or(Stratum::chosen);
  subject.weight = row.real(16);
  subject.is_blind = row.integer(17) != 0;
  found.changed_at = row.text(18);
  state.was_decided = row.integer(19) != 0;
  return found;
}

std::vector<CaseState> read_states(SqlStatement& row) {
  std::vector<CaseState> states;
  while (row.next()) states.push_back(read_state(row));
  return states;
}

namespace {

// A row that is replaced would be another one to the triggers that count.
std::string upsert() {
  std::string sets;
  std::string_view columns = kStateColumns;
  std::string places;
  while (!columns.empty()) {
    const std::string_view name = columns.substr(0, columns.find(','));
    columns.remove_prefix(std::min(columns.size(), name.size() + 2));
    places += places.empty() ? "?" : ", ?";
    if (name == "date" || name == "alert_id") continue;
    sets += fmt::format("{}{} = excluded.{}", sets.empty() ? "" : ", ", name, name);
  }
  return fmt::format(
      "INSERT INTO states ({}) VALUES ({}) ON CONFLICT (date, alert_id) DO UPDATE SET {}",
      kStateColumns, places, sets);
}

}  // namespace

void write_state(SqlDatabase& database, const CaseState& row) {
  static const std::string sql = upsert();
  const Subject& subject = row.subject;
  const State& state = row.state;
  database.prepare(sql)
      .bind(subject.date)
      .bind(subject.alert_id)
      .bind(subject.address)
      .bind(subject.cluster_id)
      .bind(state.sequence)
      .bind(name_of(state.stage))
      .bind(name_of(state.verdict))
      .bind(state.author)
      .bind(state.second)
      .bind(state.assignee)
      .bind(state.due)
      .bind(state.decided_at)
      .bind(state.decided_by)
      .bind(subject.rank)
      .bind(subject.score)
      .bind(name_of(subject.stratum))
      .bind(subject.weight)
      .bind(std::int64_t{subject.is_blind})
      .bind(row.changed_at)
      .bind(std::int64_t{state.was_decided})
      .run();
}

std::vector<Entry> entries_of(SqlDatabase& database, const std::string& date,
                              const std::string& alert_id) {
  SqlStatement row = database.prepare(
      "SELECT json FROM entries WHERE date = ? AND alert_id = ? ORDER BY sequence");
  row.bind(date).bind(alert_id);
  std::vector<Entry> entries;
  while (row.next()) entries.push_back(entry_of(row.text(0)));
  return entries;
}

void renew_states(SqlDatabase& database, const std::string& condition) {
  std::vector<std::pair<std::string, std::string>> alerts;
  {
    SqlStatement row = database.prepare("SELECT date, alert_id FROM states WHERE " + condition);
    while (row.next()) alerts.emplace_back(row.text(0), row.text(1));
  }
  for (const auto& [date, alert_id] : alerts) {
    const std::vector<Entry> entries = entries_of(database, date, alert_id);
    if (!entries.empty()) write_state(database, case_after(entries));
  }
}

namespace {

// Goes through the rows in the order of the alerts, beside their entries.
class RowsBeside {
 public:
  RowsBeside(SqlDatabase& database, const std::filesystem::path& file)
      : file_(file),
        rows_(database.prepare(
            fmt::format("SELECT {} FROM states ORDER BY date, alert_id", kStateColumns))) {}

  // REQUIRES: entries of one alert, those of which come after the last one's.
  void require(std::span<const Entry> entries) {
    const CaseState must = case_after(entries);
    if (!rows_.next()) refuse(must.subject);
    const CaseState row = read_state(rows_);
    if (row == must && has_plain_words()) {
      const auto& [subject, state, changed_at] = row;
      ++tallies_[{subject.date, name_of(state.stage), name_of(state.verdict),
                  subject.is_blind ? 1 : 0, capacity_of(subject.rank)}];
      return;
    }
    const auto place = [](const CaseState& one) {
      return std::tie(one.subject.date, one.subject.alert_id);
    };
    refuse(place(row) < place(must) ? row.subject : must.subject);
  }
  void require_end() {
    if (rows_.next()) refuse(read_state(rows_).subject);
  }
  // REQUIRES: all rows were looked at.
  void require_tallies(SqlDatabase& database) const {
    SqlStatement row = database.prepare(
        "SELECT date, stage, verdict, blind, capacity, alerts FROM tallies WHERE alerts <> 0");
    Tallies told;
    while (row.next()) {
      told[{row.text(0), row.text(1), row.text(2), row.integer(3), row.integer(4)}] =
          row.integer(5);
    }
    if (told == tallies_) return;
    const auto [must, is] = std::ranges::mismatch(tallies_, told);
    const std::string& date = std::get<0>(must == tallies_.end() ? is->first : must->first);
    throw Error(
        ErrorKind::bad_input,
        fmt::format("{}: what it says of how many alerts of {} were decided does not follow "
                    "from them: it was changed",
                    file_.string(), date));
  }

 private:
  // How many alerts stand where: day, stage, verdict, blind, capacity.
  using Tallies =
      std::map<std::tuple<std::string, std::string, std::string, std::int64_t, std::int64_t>,
               std::int64_t>;

  // Other words than there are read as the first one.
  bool has_plain_words() const {
    return stage_of(rows_.text(5)) && verdict_of(rows_.text(6)) && stratum_of(rows_.text(15)) &&
           is_flag(17) && is_flag(19);
  }
  bool is_flag(int column) const {
    return rows_.integer(column) == 0 || rows_.integer(column) == 1;
  }
  [[noreturn]] void refuse(const Subject& subject) const {
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: what it says of the alert {} of {} does not follow from its "
                            "entries: it was changed",
                            file_.string(), subject.alert_id, subject.date));
  }

  const std::filesystem::path& file_;
  SqlStatement rows_;
  Tallies tallies_;
};

}  // namespace

void require_states(SqlDatabase& database, const std::filesystem::path& file) {
  RowsBeside rows(database, file);
  SqlStatement row = database.prepare(
      "SELECT date, alert_id, at, json FROM entries WHERE json IS NOT NULL "
      "ORDER BY date, alert_id, sequence");
  std::vector<Entry> entries;
  while (row.next()) {
    Entry entry = entry_of(row.text(3));
    // The entries of an alert are found by these columns.
    if (row.text(0) != entry.subject.date || row.text(1) != entry.subject.alert_id ||
        row.text(2) != entry.at) {
      throw Error(ErrorKind::bad_input,
                  fmt::format("{}: entry {} stands at another alert or time than it says: it was "
                              "changed",
                              file.string(), entry.sequence));
    }
    if (!entries.empty() && (entries.front().subject.date != entry.subject.date ||
                             entries.front().subject.alert_id != entry.subject.alert_id)) {
      rows.require(entries);
      entries.clear();
    }
    entries.push_back(std::move(entry));
  }
  if (!entries.empty()) rows.require(entries);
  rows.require_end();
  rows.require_tallies(database);
}

}  // namespace aml::cases
