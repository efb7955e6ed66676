#include "cases/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/date.h"
#include "base/files.h"
#include "base/hash.h"
#include "sqlite/format.h"

namespace aml::cases {

namespace {

Conflict changed(const std::string& alert_id, const Entry& last) {
  return {Conflict::Kind::changed,
          fmt::format("{} has changed the alert {} since it was asked for: look at it again",
                      last.author, alert_id)};
}

}  // namespace

Conflict forbidden(const std::string& alert_id, const std::string& why) {
  return {Conflict::Kind::forbidden, fmt::format("the alert {} {}", alert_id, why)};
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
std::int64_t Store::append_all(std::vector<Entry> entries, std::vector<CaseState>& written) {
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
    written.push_back(
        case_after(entries_of(*database_, entry.subject.date, entry.subject.alert_id)));
    write_state(*database_, written.back());
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
  std::vector<CaseState> written;
  const auto work = [&] {
    std::vector<Entry> entries;
    for (const Subject& subject : subjects) {
      const std::vector<Entry> earlier = entries_of(*database_, subject.date, subject.alert_id);
      check(deed, subject, earlier);
      entries.push_back(new_entry(deed, subject, earlier));
    }
    first = append_all(std::move(entries), written);
  };
  write(work, SqlDatabase::Lasting::power_failure);
  memory_.put(written, deed.author, written.back().state.sequence);
  return first;
}

Store::Undone Store::undo(const std::string& author, const std::string& date, std::int64_t sequence,
                          std::int64_t seen_until) {
  const std::lock_guard lock(mutex_);
  Undone undone;
  std::vector<CaseState> written;
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
    undone.first = append_all(std::move(entries), written);
  };
  write(work, SqlDatabase::Lasting::power_failure);
  memory_.put(written, author, written.back().state.sequence);
  return undone;
}

// Clocks are set back now and then. What is forgotten stands before the last entry of all that is
// kept, so that nothing else passes for it: only alerts whose last entry stands before the first
// one that is young enough.
std::int64_t Store::forget_before(const std::string& at) {
  const std::lock_guard lock(mutex_);
  std::int64_t forgotten = 0;
  const auto work = [&] {
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
  };
  write(work, SqlDatabase::Lasting::power_failure);
  if (forgotten > 0) memory_.clear(memory_.head());
  return forgotten;
}

}  // namespace aml::cases
