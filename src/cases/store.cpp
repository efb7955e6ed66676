#include "cases/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/date.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "sqlite/format.h"

namespace aml::cases {

namespace {

Conflict changed(const std::string& alert_id, const Entry& last) {
  return {Conflict::Kind::changed,
          fmt::format("{} has changed the alert {} since it was asked for: look at it again",
                      last.author, alert_id),
          {alert_id}};
}

// Who sets a date, or takes an alert himself, goes on with it, and so does who undoes that.
// REQUIRES: entries of one alert, of which the last one is asked about.
bool ends_work(std::span<const Entry> entries) {
  const Entry& last = entries.back();
  const auto done = std::find_if(entries.begin(), entries.end() - 1, [&](const Entry& entry) {
    return last.action == Action::undo && entry.sequence == last.undoes;
  });  // what was undone; or the last one itself
  const bool is_handed_over = !done->assignee.empty() && done->assignee != done->author;
  return done->action != Action::assign || is_handed_over;
}

// Of the entries that count: what was undone, and what undid it, counts no more.
std::int64_t last_that_counts(std::span<const Entry> entries) {
  std::set<std::int64_t> undone;
  for (const Entry& entry : entries) undone.insert(entry.undoes);
  std::int64_t last = 0;
  for (const Entry& entry : entries) {
    if (entry.action != Action::undo && !undone.contains(entry.sequence)) last = entry.sequence;
  }
  return last;
}

}  // namespace

Conflict forbidden(const std::string& alert_id, const std::string& why) {
  return {Conflict::Kind::forbidden, fmt::format("the alert {} {}", alert_id, why), {alert_id}};
}

void Conflicts::throw_if_any() const {
  if (found_.empty()) return;
  const auto changed = std::ranges::find(found_, Conflict::Kind::changed, &Conflict::kind);
  const Conflict& told = changed == found_.end() ? found_.front() : *changed;
  std::vector<std::string> alerts;
  for (const Conflict& one : found_) {
    alerts.insert(alerts.end(), one.alerts().begin(), one.alerts().end());
  }
  std::string why = told.what();
  if (alerts.size() > 1) {
    why += fmt::format("; {} more of the alerts stand in the way", alerts.size() - 1);
  }
  throw Conflict(told.kind(), why, std::move(alerts));
}

Store::Store(const std::filesystem::path& path, Options options)
    : path_(path),
      options_(options),
      database_(open_cases(path, SqlDatabase::Mode::read_write)),
      chain_(chain_of(*database_)),
      draws_(draws_of(*database_)),
      reading_(std::make_unique<SqlDatabase>(path, SqlDatabase::Mode::read_only)) {
  data_version_ = database_->number("PRAGMA data_version");
  memory_.clear(database_->number("SELECT max(sequence) FROM entries"));
}

void Store::require_whole(const std::stop_token& stop) {
  if (file_size_if_exists(path_).value_or(0) <= kMostBytesLookedAtFirst) return;
  SqlDatabase database(path_, SqlDatabase::Mode::read_only);
  database.end_with(stop);
  try {
    sqlite::require_whole(database, path_);
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::bad_input) throw;
    const std::lock_guard lock(mutex_);
    damage_ = e.what();
    throw;
  }
}

// What another process wrote stands in no memory. REQUIRES: the mutex of writers is held.
void Store::notice_others() {
  const std::int64_t version = database_->number("PRAGMA data_version");
  if (version == data_version_) return;
  data_version_ = version;
  memory_.clear(database_->number("SELECT max(sequence) FROM entries"));
}

// Where the disk refuses, nobody knows what it has: memory begins anew. REQUIRES: as above.
void Store::write(const std::function<void()>& work, SqlDatabase::Lasting lasting) {
  if (damage_) throw Error(ErrorKind::unavailable, *damage_);
  notice_others();
  try {
    database_->transaction(work, lasting);
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::usage && e.kind() != ErrorKind::not_found) {
      memory_.clear(memory_.head());
      data_version_ = -1;  // none: the next look reads the head anew
    }
    throw;
  }
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
std::int64_t Store::append_all(std::vector<Entry> entries, Written& written) {
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
    const auto all = entries_of(*database_, entry.subject.date, entry.subject.alert_id);
    if (ends_work(all)) {
      free(entry.subject.date, entry.subject.alert_id, entry.author);
      written.freed.push_back(written.rows.size());
    }
    written.rows.push_back(case_after(all));
    write_state(*database_, written.rows.back());
  }
  return first;
}

// REQUIRES: the mutex of writers is held, and the disk has it.
void Store::remember(const Written& written, const std::string& author) {
  memory_.put(written.rows, written.rows.back().state.sequence);
  for (const std::size_t row : written.freed) {
    const Subject& subject = written.rows[row].subject;
    memory_.free(subject.date, subject.alert_id, author);
  }
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
  Written written;
  const auto work = [&] {
    std::vector<Entry> entries;
    Conflicts conflicts;
    for (const Subject& subject : subjects) {
      const std::vector<Entry> earlier = entries_of(*database_, subject.date, subject.alert_id);
      conflicts.look([&] { check(deed, subject, earlier); });
      entries.push_back(new_entry(deed, subject, earlier));
    }
    conflicts.throw_if_any();
    first = append_all(std::move(entries), written);
  };
  write(work, SqlDatabase::Lasting::power_failure);
  remember(written, deed.author);
  return first;
}

void Store::check_undo(const Entry& entry, const std::string& author, std::int64_t seen_until) {
  const auto all = entries_of(*database_, entry.subject.date, entry.subject.alert_id);
  if (all.back().sequence > seen_until) throw changed(entry.subject.alert_id, all.back());
  if (last_that_counts(all) != entry.sequence) {
    throw forbidden(entry.subject.alert_id,
                    "has another last entry that counts: only that one can be undone");
  }
  require_free(entry.subject, author);
}

Store::Undone Store::undo(const std::string& author, const std::string& date, std::int64_t sequence,
                          std::int64_t seen_until) {
  const std::lock_guard lock(mutex_);
  Undone undone;
  Written written;
  const auto work = [&] {
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
    Conflicts conflicts;
    while (row.next()) {
      const Entry entry = entry_of(row.text(0));
      if (entry.group != group) break;
      if (entry.author != author) {
        throw forbidden(entry.subject.alert_id, "was changed by " + entry.author +
                                                    ", who alone may undo that: reopen it instead");
      }
      conflicts.look([&] { check_undo(entry, author, seen_until); });
      entries.push_back({.author = author,
                         .action = Action::undo,
                         .subject = entry.subject,
                         .through = entry.through,
                         .undoes = entry.sequence});
      undone.alerts.push_back(entry.subject.alert_id);
    }
    conflicts.throw_if_any();
    undone.first = append_all(std::move(entries), written);
  };
  write(work, SqlDatabase::Lasting::power_failure);
  remember(written, author);
  return undone;
}

// Clocks are set back now and then. What is forgotten stands before the last entry of all that is
// kept, so that nothing else passes for it: only alerts whose last entry stands before the first
// one that is young enough. What is forgotten comes back by no clock that is set right.
std::int64_t Store::forget_before(const std::string& at) {
  const std::lock_guard lock(mutex_);
  std::int64_t forgotten = 0;
  const auto work = [&] {
    std::int64_t first_young = 0;
    {
      SqlStatement row = database_->prepare(
          "SELECT sequence FROM entries WHERE at >= ? ORDER BY sequence LIMIT 1");
      if (!row.bind(at).next()) {  // all is old: more likely by a clock that runs ahead
        if (database_->number("SELECT count(*) FROM states") > 0) {
          log::warning("nothing of the cases is forgotten: all of them are old by this clock");
        }
        return;
      }
      first_young = row.integer(0);
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
  };
  write(work, SqlDatabase::Lasting::power_failure);
  if (forgotten > 0) memory_.clear(memory_.head());
  return forgotten;
}

}  // namespace aml::cases
