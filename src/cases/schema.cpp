#include "cases/schema.h"

#include <fmt/format.h>

#include <array>
#include <string>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/hex.h"
#include "sqlite/format.h"

namespace aml::cases {

namespace {

// The triggers hold the program itself to what it promises: nothing is deleted, and of an entry
// nothing changes but that its content goes after its time.
constexpr const char* kFormat1 = R"(
CREATE TABLE kept (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE entries (
  sequence INTEGER PRIMARY KEY, date TEXT, alert_id TEXT, at TEXT NOT NULL, json TEXT,
  json_sha256 TEXT NOT NULL, hash TEXT NOT NULL, CHECK (sequence > 0));
CREATE INDEX entries_alert ON entries (date, alert_id);
CREATE TRIGGER entries_stay BEFORE DELETE ON entries
  BEGIN SELECT RAISE(ABORT, 'entries of cases are never deleted'); END;
CREATE TRIGGER entries_are_final BEFORE UPDATE ON entries
  WHEN new.sequence IS NOT old.sequence OR new.at IS NOT old.at OR new.hash IS NOT old.hash
    OR new.json_sha256 IS NOT old.json_sha256 OR new.json IS NOT NULL OR new.date IS NOT NULL
    OR new.alert_id IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'entries of cases are final'); END;
CREATE TABLE states (
  date TEXT NOT NULL, alert_id TEXT NOT NULL, address TEXT NOT NULL, cluster_id TEXT NOT NULL,
  sequence INTEGER NOT NULL, stage TEXT NOT NULL, verdict TEXT NOT NULL, author TEXT NOT NULL,
  second TEXT NOT NULL, assignee TEXT NOT NULL, due TEXT NOT NULL, decided_at TEXT NOT NULL,
  decided_by INTEGER NOT NULL, changed_at TEXT NOT NULL, rank INTEGER NOT NULL, score REAL NOT NULL,
  stratum TEXT NOT NULL, weight REAL NOT NULL, blind INTEGER NOT NULL,
  PRIMARY KEY (date, alert_id)) WITHOUT ROWID;
CREATE INDEX states_address ON states (address, date) WHERE address <> '';
CREATE INDEX states_changed ON states (changed_at);
CREATE TABLE locks (
  date TEXT NOT NULL, alert_id TEXT NOT NULL, author TEXT NOT NULL, until INTEGER NOT NULL,
  PRIMARY KEY (date, alert_id)) WITHOUT ROWID;
)";

constexpr std::array<const char*, 1> kSteps{kFormat1};

constexpr const char* kProbe =
    "SELECT k.value, e.json, e.hash, e.json_sha256, s.decided_by, s.changed_at, s.blind, l.until "
    "FROM kept k, entries e, states s, locks l LIMIT 0";

constexpr sqlite::Format kFormat{"the file of cases", kSteps, kProbe};
constexpr std::size_t kChainBytes = 32;

}  // namespace

std::unique_ptr<SqlDatabase> open_cases(const std::filesystem::path& path, SqlDatabase::Mode mode) {
  const bool is_writer = mode == SqlDatabase::Mode::read_write;
  if (!file_size_if_exists(path)) {
    if (!is_writer) {
      throw Error(ErrorKind::not_found, fmt::format("there is no file of cases {}", path.string()));
    }
    write_file_atomically(path, "", {.access = Access::owner, .replace = false});
  }
  auto database = std::make_unique<SqlDatabase>(path, mode);
  sqlite::refuse_newer(*database, path, kFormat);
  if (!is_writer) {
    if (database->number("PRAGMA user_version") == kFormat.newest()) return database;
    throw Error(ErrorKind::bad_input,
                fmt::format("the file of cases {} is empty or of an earlier program: `serve "
                            "--cases` brings it forward",
                            path.string()));
  }
  sqlite::bring_forward(*database, path, kFormat);
  database->prepare("INSERT INTO kept VALUES ('chain', ?) ON CONFLICT DO NOTHING")
      .bind(random_hex(kChainBytes))
      .run();
  return database;
}

std::string chain_of(SqlDatabase& database) {
  SqlStatement row = database.prepare("SELECT value FROM kept WHERE name = 'chain'");
  return row.next() ? row.text(0) : "";
}

}  // namespace aml::cases
