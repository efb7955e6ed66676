#include "validator/received_commitments.h"

#include <array>
#include <utility>

#include "base/date.h"
#include "bittensor/posted_commitment.h"
#include "sqlite/format.h"

namespace aml::validator {

using sqlite::SqlDatabase;
using sqlite::SqlStatement;

namespace {

constexpr const char* kTables = R"(
CREATE TABLE kept (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE received (
  date TEXT NOT NULL, hotkey TEXT NOT NULL, is_second INTEGER NOT NULL, root TEXT NOT NULL,
  at_ms INTEGER NOT NULL, payload TEXT NOT NULL, signature TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (date, hotkey, is_second)) WITHOUT ROWID;
)";
constexpr std::array<const char*, 1> kSteps{kTables};
constexpr sqlite::Format kFormat{
    "the list of received commitments", kSteps,
    "SELECT r.is_second, r.body, k.value FROM received r, kept k LIMIT 0"};

constexpr std::int64_t kMsPerSecond = 1'000;

}  // namespace

ReceivedCommitments::ReceivedCommitments(const std::filesystem::path& folder)
    : database_(folder / "commitments.sqlite", SqlDatabase::Mode::read_write) {
  const auto path = folder / "commitments.sqlite";
  sqlite::refuse_newer(database_, path, kFormat);
  sqlite::bring_forward(database_, path, kFormat);
}

ReceivedCommitments::Taken ReceivedCommitments::add(const ReceivedCommitment& commitment) {
  const std::lock_guard lock(mutex_);
  Taken taken{Outcome::first, commitment.at_ms};
  database_.transaction([&] {
    SqlStatement known = database_.prepare(
        "SELECT root, at_ms FROM received WHERE date = ? AND hotkey = ? "
        "AND is_second = 0");
    known.bind(commitment.processing_date).bind(commitment.hotkey);
    if (known.next()) {
      taken.first_at_ms = known.integer(1);
      taken.outcome = known.text(0) == commitment.root ? Outcome::repeated : Outcome::conflicting;
      if (taken.outcome == Outcome::repeated) return;
    }
    database_
        .prepare(
            "INSERT OR IGNORE INTO received (date, hotkey, root, at_ms, payload, signature, "
            "body, is_second) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(commitment.processing_date)
        .bind(commitment.hotkey)
        .bind(commitment.root)
        .bind(commitment.at_ms)
        .bind(commitment.payload)
        .bind(commitment.signature)
        .bind(commitment.body)
        .bind(static_cast<std::int64_t>(taken.outcome == Outcome::conflicting))
        .run();
    const Date oldest =
        Date::require(commitment.processing_date, "a commitment's day").plus_days(-kKeptDays);
    database_.prepare("DELETE FROM received WHERE date < ?").bind(oldest.text()).run();
  });
  return taken;
}

std::vector<ReceivedCommitment> ReceivedCommitments::read(const std::string& where,
                                                          std::string_view parameter) {
  const std::lock_guard lock(mutex_);
  SqlStatement row = database_.prepare(
      "SELECT hotkey, date, root, at_ms, payload, signature, body FROM received WHERE " + where);
  if (!parameter.empty()) row.bind(parameter);
  std::vector<ReceivedCommitment> found;
  while (row.next()) {
    found.push_back({row.text(0), row.text(1), row.text(2), row.integer(3), row.text(4),
                     row.text(5), row.text(6)});
  }
  return found;
}

std::vector<ReceivedCommitment> ReceivedCommitments::of_day(const std::string& date) {
  return read("date = ? ORDER BY hotkey, is_second", date);
}

bittensor::CommitmentLogs ReceivedCommitments::logs() {
  bittensor::CommitmentLogs logs;
  std::string last_date;
  for (ReceivedCommitment& one : read("true ORDER BY hotkey, date, is_second", {})) {
    auto& log = logs[one.hotkey];
    if (!log.empty() && last_date == one.processing_date) {
      log.back().is_void = true;
      continue;
    }
    last_date = one.processing_date;
    log.push_back({bittensor::entry_of({one.processing_date, one.root}),
                   static_cast<std::uint64_t>(one.at_ms / kMsPerSecond)});
  }
  return logs;
}

}  // namespace aml::validator
