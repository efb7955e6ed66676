// Who works on what: the locks of store.h.
#include <fmt/format.h>

#include <algorithm>

#include "base/date.h"
#include "cases/store.h"

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

}  // namespace

std::optional<Lock> Store::lock_of_another(const std::string& date, const std::string& alert_id,
                                           const std::string& author) {
  SqlStatement row = database_->prepare(
      "SELECT author, until FROM locks WHERE date = ? AND alert_id = ? AND author <> ? AND until > "
      "?");
  if (!row.bind(date).bind(alert_id).bind(author).bind(now_seconds()).next()) return std::nullopt;
  return Lock{date, alert_id, row.text(0), row.integer(1)};
}

void Store::require_free(const Subject& subject, const std::string& author) {
  if (const auto held = lock_of_another(subject.date, subject.alert_id, author)) {
    throw forbidden(subject.alert_id, fmt::format("is being worked on by {} until {}", held->author,
                                                  clock_text(held->until)));
  }
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
  write(take, SqlDatabase::Lasting::kill);
  if (until) memory_.hold({date, alert_id, author, *until});
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
  write([&] { free(date, alert_id, author); }, SqlDatabase::Lasting::kill);
  memory_.free(date, alert_id, author);
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
    write(remove, SqlDatabase::Lasting::kill);
  }
  memory_.keep_locks_of(names);
}

std::vector<Lock> Store::locks(const std::string& date) {
  return of_day(date, [&] { return memory_.locks(date, now_seconds()); });
}

}  // namespace aml::cases
