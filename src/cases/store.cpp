#include "cases/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/date.h"
#include "base/hash.h"

namespace aml::cases {

namespace {

std::int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string clock_text(std::int64_t seconds) {
  return utc_text(std::chrono::system_clock::time_point(std::chrono::seconds(seconds)));
}

Conflict changed(const std::string& alert_id, const Entry& last) {
  return {Conflict::Kind::changed,
          fmt::format("{} has changed the alert {} since it was asked for: look at it again",
                      last.author, alert_id)};
}

Conflict forbidden(const std::string& alert_id, const std::string& why) {
  return {Conflict::Kind::forbidden, fmt::format("the alert {} {}", alert_id, why)};
}

}  // namespace

Store::Store(const std::filesystem::path& path, Options options)
    : options_(options),
      database_(open_cases(path, SqlDatabase::Mode::read_write)),
      chain_(chain_of(*database_)),
      draws_(draws_of(*database_)) {}

std::int64_t Store::head() {
  const std::lock_guard lock(mutex_);
  return database_->number("SELECT max(sequence) FROM entries");
}

std::int64_t Store::head_of(const std::string& date) {
  const std::lock_guard lock(mutex_);
  SqlStatement row = database_->prepare("SELECT max(sequence) FROM entries WHERE date = ?");
  return row.bind(date).next() ? row.integer(0) : 0;
}

std::optional<Lock> Store::lock_of_another(const std::string& date, const std::string& alert_id,
                                           const std::string& author) {
  SqlStatement row = database_->prepare(
      "SELECT author, until FROM locks WHERE date = ? AND alert_id = ? AND author <> ? AND until > "
      "?");
  if (!row.bind(date).bind(alert_id).bind(author).bind(now_seconds()).next()) return std::nullopt;
  return Lock{date, alert_id, row.text(0), row.integer(1)};
}

void Store::check(const Deed& deed, const Subject& subject, std::span<const Entry> entries) {
  if (!entries.empty() && entries.back().sequence > deed.seen_until) {
    throw changed(subject.alert_id, entries.back());
  }
  if (const auto why = objection(state_after(entries), deed.author, deed.action)) {
    throw forbidden(subject.alert_id, *why);
  }
  require_free(subject, deed.author);
}

void Store::require_free(const Subject& subject, const std::string& author) {
  if (const auto held = lock_of_another(subject.date, subject.alert_id, author)) {
    throw forbidden(subject.alert_id, fmt::format("is being worked on by {} until {}", held->author,
                                                  clock_text(held->until)));
  }
}

void Store::append_entry(Entry& entry, const std::string& before, std::string& hash) {
  const std::string json = to_json(entry);
  const std::string json_sha256 = hash_text(HashKind::sha256, json);
  hash = chained_hash(before, json_sha256);
  database_
      ->prepare(
          "INSERT INTO entries (sequence, date, alert_id, at, json, json_sha256, hash) "
          "VALUES (?, ?, ?, ?, ?, ?, ?)")
      .bind(entry.sequence)
      .bind(entry.subject.date)
      .bind(entry.subject.alert_id)
      .bind(entry.at)
      .bind(json)
      .bind(json_sha256)
      .bind(hash)
      .run();
}

// Numbers, dates and chains the entries. Within a transaction.
std::int64_t Store::append_all(std::vector<Entry> entries) {
  std::int64_t sequence = 0;
  std::string before = chain_;
  {
    SqlStatement row =
        database_->prepare("SELECT sequence, hash FROM entries ORDER BY sequence DESC LIMIT 1");
    if (row.next()) {
      sequence = row.integer(0);
      before = row.text(1);
    }
  }
  const std::int64_t first = sequence + 1;
  const std::string at = utc_now(true);
  for (Entry& entry : entries) {
    entry.sequence = ++sequence;
    entry.at = at;
    entry.group = first;
    std::string hash;
    append_entry(entry, before, hash);
    before = std::move(hash);
    write_state(*database_,
                case_after(entries_of(*database_, entry.subject.date, entry.subject.alert_id)));
    free(entry.subject.date, entry.subject.alert_id, entry.author);
  }
  return first;
}

Entry Store::new_entry(const Deed& deed, const Subject& subject,
                       std::span<const Entry> earlier) const {
  const State state = state_after(earlier);
  const bool is_verdict = deed.action == Action::decide && deed.verdict != Verdict::seen;
  Entry entry{.author = deed.author,
              .action = deed.action,
              .subject = subject,
              .through = deed.through,
              .verdict = deed.verdict,
              .reason = deed.reason,
              .note = deed.note,
              .assignee = deed.assignee,
              .due = deed.due,
              .needs_second = is_verdict && (deed.needs_second || was_proposed(earlier))};
  // What was shown once is known.
  if (state.was_decided) entry.subject.is_blind = false;
  const auto day = Date::parse(subject.date);
  if (entry.due.empty() && day && state.due.empty()) {
    entry.due = day->plus_days(options_.due_days).text();
  }
  return entry;
}

std::int64_t Store::append(const Deed& deed, std::span<const Subject> subjects) {
  const std::lock_guard lock(mutex_);
  std::int64_t first = 0;
  database_->transaction([&] {
    std::vector<Entry> entries;
    for (const Subject& subject : subjects) {
      const std::vector<Entry> earlier = entries_of(*database_, subject.date, subject.alert_id);
      check(deed, subject, earlier);
      entries.push_back(new_entry(deed, subject, earlier));
    }
    first = append_all(std::move(entries));
  });
  return first;
}

Store::Undone Store::undo(const std::string& author, const std::string& date, std::int64_t sequence,
                          std::int64_t seen_until) {
  const std::lock_guard lock(mutex_);
  Undone undone;
  database_->transaction([&] {
    SqlStatement found =
        database_->prepare("SELECT json FROM entries WHERE sequence = ? AND date = ?");
    if (!found.bind(sequence).bind(date).next()) {
      throw Error(ErrorKind::not_found, fmt::format("{} has no entry {}", date, sequence));
    }
    const std::int64_t group = entry_of(found.text(0)).group;
    SqlStatement row = database_->prepare(
        "SELECT json FROM entries WHERE sequence >= ? AND sequence < ? AND json IS NOT NULL");
    row.bind(group).bind(group + static_cast<std::int64_t>(kMostEntriesAtOnce));
    std::vector<Entry> entries;
    while (row.next()) {
      const Entry entry = entry_of(row.text(0));
      if (entry.group != group) break;
      if (entry.author != author) {
        throw forbidden(entry.subject.alert_id, "was changed by " + entry.author +
                                                    ", who alone may undo that: reopen it instead");
      }
      const auto all = entries_of(*database_, entry.subject.date, entry.subject.alert_id);
      if (all.back().sequence > seen_until) throw changed(entry.subject.alert_id, all.back());
      if (entry.action == Action::undo || all.back().sequence != entry.sequence) {
        throw forbidden(entry.subject.alert_id,
                        "has another last entry: only the last one can be undone");
      }
      require_free(entry.subject, author);
      entries.push_back({.author = author,
                         .action = Action::undo,
                         .subject = entry.subject,
                         .through = entry.through,
                         .undoes = entry.sequence});
      undone.alerts.push_back(entry.subject.alert_id);
    }
    undone.first = append_all(std::move(entries));
  });
  return undone;
}

std::vector<CaseState> Store::states(const std::string& date) {
  const std::lock_guard lock(mutex_);
  SqlStatement row = database_->prepare(
      fmt::format("SELECT {} FROM states WHERE date = ? ORDER BY alert_id", kStateColumns));
  row.bind(date);
  return read_states(row);
}

std::optional<CaseState> Store::state(const std::string& date, const std::string& alert_id) {
  const std::lock_guard lock(mutex_);
  SqlStatement row = database_->prepare(
      fmt::format("SELECT {} FROM states WHERE date = ? AND alert_id = ?", kStateColumns));
  if (!row.bind(date).bind(alert_id).next()) return std::nullopt;
  return read_state(row);
}

std::vector<CaseState> Store::states_of_address(const std::string& address, std::size_t most) {
  const std::lock_guard lock(mutex_);
  SqlStatement row =
      database_->prepare(fmt::format("SELECT {} FROM states WHERE address = ? AND address <> '' "
                                     "ORDER BY date DESC, alert_id LIMIT ?",
                                     kStateColumns));
  row.bind(address).bind(static_cast<std::int64_t>(most));
  return read_states(row);
}

std::vector<CaseState> Store::states_between(const std::string& first, const std::string& last) {
  const std::lock_guard lock(mutex_);
  SqlStatement row = database_->prepare(
      fmt::format("SELECT {} FROM states WHERE date >= ? AND date <= ? ORDER BY date, alert_id",
                  kStateColumns));
  row.bind(first).bind(last);
  return read_states(row);
}

std::vector<Entry> Store::entries(const std::string& date, const std::string& alert_id) {
  const std::lock_guard lock(mutex_);
  return entries_of(*database_, date, alert_id);
}

std::optional<std::int64_t> Store::lock(const std::string& date, const std::string& alert_id,
                                        const std::string& author, std::int64_t seen_until) {
  const std::lock_guard guard(mutex_);
  std::optional<std::int64_t> until;
  const auto take = [&] {
    const std::int64_t now = now_seconds();
    database_->prepare("DELETE FROM locks WHERE until <= ?").bind(now).run();
    if (lock_of_another(date, alert_id, author)) return;
    SqlStatement newer = database_->prepare(
        "SELECT 1 FROM entries WHERE date = ? AND alert_id = ? AND sequence > ?");
    if (newer.bind(date).bind(alert_id).bind(seen_until).next()) return;
    SqlStatement others = database_->prepare(
        "SELECT count(*) FROM locks WHERE author = ? AND NOT (date = ? AND alert_id = ?)");
    others.bind(author).bind(date).bind(alert_id).next();
    if (others.integer(0) >= kMostLocks) {
      throw forbidden(alert_id, fmt::format("cannot be held for {}, who holds {} others: decide or "
                                            "release one first",
                                            author, kMostLocks));
    }
    database_->prepare("INSERT OR REPLACE INTO locks VALUES (?, ?, ?, ?)")
        .bind(date)
        .bind(alert_id)
        .bind(author)
        .bind(now + static_cast<std::int64_t>(options_.lock_time.count()))
        .run();
    until = now + static_cast<std::int64_t>(options_.lock_time.count());
  };
  database_->transaction(take, SqlDatabase::Lasting::kill);
  return until;
}

void Store::free(const std::string& date, const std::string& alert_id, const std::string& author) {
  database_->prepare("DELETE FROM locks WHERE date = ? AND alert_id = ? AND author = ?")
      .bind(date)
      .bind(alert_id)
      .bind(author)
      .run();
}

void Store::unlock(const std::string& date, const std::string& alert_id,
                   const std::string& author) {
  const std::lock_guard lock(mutex_);
  database_->transaction([&] { free(date, alert_id, author); }, SqlDatabase::Lasting::kill);
}

void Store::keep_locks_of(std::span<const std::string> names) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> others;
  {
    SqlStatement row = database_->prepare("SELECT DISTINCT author FROM locks");
    while (row.next()) {
      if (std::find(names.begin(), names.end(), row.text(0)) == names.end()) {
        others.push_back(row.text(0));
      }
    }
  }
  for (const std::string& author : others) {
    const auto remove = [&] {
      database_->prepare("DELETE FROM locks WHERE author = ?").bind(author).run();
    };
    database_->transaction(remove, SqlDatabase::Lasting::kill);
  }
}

std::vector<Lock> Store::locks(const std::string& date) {
  const std::lock_guard lock(mutex_);
  SqlStatement row = database_->prepare(
      "SELECT date, alert_id, author, until FROM locks WHERE date = ? AND until > ?");
  row.bind(date).bind(now_seconds());
  std::vector<Lock> locks;
  while (row.next()) locks.push_back({row.text(0), row.text(1), row.text(2), row.integer(3)});
  return locks;
}

// Clocks are set back now and then. What is forgotten stands before the last entry of all that is
// kept, so that nothing else passes for it: only alerts whose last entry stands before the first
// one that is young enough.
std::int64_t Store::forget_before(const std::string& at) {
  const std::lock_guard lock(mutex_);
  std::int64_t forgotten = 0;
  database_->transaction([&] {
    std::int64_t first_young = std::numeric_limits<std::int64_t>::max();
    {
      SqlStatement row = database_->prepare(
          "SELECT sequence FROM entries WHERE at >= ? ORDER BY sequence LIMIT 1");
      if (row.bind(at).next()) first_young = row.integer(0);
    }
    database_
        ->prepare(
            "UPDATE entries SET json = NULL, date = NULL, alert_id = NULL WHERE (date, alert_id) "
            "IN (SELECT date, alert_id FROM states WHERE changed_at < ? AND sequence < ?)")
        .bind(at)
        .bind(first_young)
        .run();
    forgotten = database_->number("SELECT changes()");
    database_->prepare("DELETE FROM states WHERE changed_at < ? AND sequence < ?")
        .bind(at)
        .bind(first_young)
        .run();
  });
  return forgotten;
}

}  // namespace aml::cases
