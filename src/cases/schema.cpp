#include "cases/schema.h"

#include <fmt/format.h>

#include <array>
#include <string>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/hex.h"
#include "cases/state_rows.h"
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

// Each exported trail begins with the word of the chain: who has seen one must not know who will be
// drawn. What was drawn on days on which somebody has worked stays drawn. Of alerts that are not
// decided now, know_what_was_shown() looks into the entries, and takes the mark `shown` away.
constexpr const char* kFormat2 = R"(
INSERT INTO kept VALUES ('draws', lower(hex(randomblob(32))));
INSERT INTO kept SELECT 'drawn_by_chain_until', coalesce(max(date), '') FROM entries;
ALTER TABLE states ADD COLUMN shown INTEGER NOT NULL DEFAULT 1;
INSERT INTO kept VALUES ('shown', 'not yet known');
)";

constexpr std::array<const char*, 2> kSteps{kFormat1, kFormat2};

constexpr const char* kProbe =
    "SELECT k.value, e.json, e.hash, e.json_sha256, s.decided_by, s.changed_at, s.blind, s.shown, "
    "l.until "
    "FROM kept k, entries e, states s, locks l LIMIT 0";

constexpr sqlite::Format kFormat{"the file of cases", kSteps, kProbe};
constexpr std::size_t kChainBytes = 32;

std::string kept_value(SqlDatabase& database, const char* name) {
  SqlStatement row = database.prepare("SELECT value FROM kept WHERE name = ?");
  return row.bind(name).next() ? row.text(0) : "";
}

bool is_brought_forward(SqlDatabase& database) {
  return database.number("PRAGMA user_version") == kFormat.newest() &&
         kept_value(database, "shown").empty();
}

void know_what_was_shown(SqlDatabase& database) {
  if (kept_value(database, "shown").empty()) return;
  database.transaction([&] {
    renew_states(database, "stage <> 'decided'");
    database.run("DELETE FROM kept WHERE name = 'shown'");
  });
}

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
    if (is_brought_forward(*database)) return database;
    throw Error(ErrorKind::bad_input,
                fmt::format("the file of cases {} is empty or of an earlier program: `serve "
                            "--cases` brings it forward",
                            path.string()));
  }
  const bool is_of_now = database->number("PRAGMA user_version") == kFormat.newest();
  const bool is_large = file_size_if_exists(path).value_or(0) > kMostBytesLookedAtFirst;
  sqlite::bring_forward(*database, path, kFormat,
                        is_of_now && is_large ? sqlite::Look::later : sqlite::Look::first);
  database->prepare("INSERT INTO kept VALUES ('chain', ?) ON CONFLICT DO NOTHING")
      .bind(random_hex(kChainBytes))
      .run();
  know_what_was_shown(*database);
  return database;
}

std::string chain_of(SqlDatabase& database) { return kept_value(database, "chain"); }

Draws draws_of(SqlDatabase& database) {
  return {.secret = kept_value(database, "draws"),
          .earlier = chain_of(database),
          .earlier_until = kept_value(database, "drawn_by_chain_until")};
}

}  // namespace aml::cases
