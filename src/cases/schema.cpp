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

// How many alerts of each day stand where: to count them in millions of states takes seconds. The
// triggers keep the numbers, whoever writes a state; an alert counts with its capacity_of().
constexpr const char* kFormat3 = R"(
CREATE TABLE capacities (rank INTEGER PRIMARY KEY);
INSERT INTO capacities VALUES (10), (20), (50), (100), (200), (500), (1000), (2000);
CREATE TABLE tallies (
  date TEXT NOT NULL, stage TEXT NOT NULL, verdict TEXT NOT NULL, blind INTEGER NOT NULL,
  capacity INTEGER NOT NULL, alerts INTEGER NOT NULL,
  PRIMARY KEY (date, stage, verdict, blind, capacity)) WITHOUT ROWID;
INSERT INTO tallies SELECT date, stage, verdict, blind, coalesce((SELECT min(c.rank) FROM
  capacities c WHERE c.rank >= s.rank AND s.rank > 0), 0) AS capacity, count(*) FROM states s
  GROUP BY 1, 2, 3, 4, 5;
CREATE TRIGGER states_begin AFTER INSERT ON states BEGIN
  INSERT INTO tallies SELECT new.date, new.stage, new.verdict, new.blind, coalesce(min(c.rank), 0),
    1 FROM capacities c WHERE c.rank >= new.rank AND new.rank > 0
    ON CONFLICT DO UPDATE SET alerts = alerts + 1;
END;
CREATE TRIGGER states_end AFTER DELETE ON states BEGIN
  UPDATE tallies SET alerts = alerts - 1 WHERE date = old.date AND stage = old.stage AND
    verdict = old.verdict AND blind = old.blind AND capacity = (SELECT coalesce(min(c.rank), 0) FROM
    capacities c WHERE c.rank >= old.rank AND old.rank > 0);
END;
CREATE TRIGGER states_change AFTER UPDATE ON states
  WHEN old.date <> new.date OR old.stage <> new.stage OR old.verdict <> new.verdict OR
    old.blind <> new.blind OR old.rank <> new.rank BEGIN
  UPDATE tallies SET alerts = alerts - 1 WHERE date = old.date AND stage = old.stage AND
    verdict = old.verdict AND blind = old.blind AND capacity = (SELECT coalesce(min(c.rank), 0) FROM
    capacities c WHERE c.rank >= old.rank AND old.rank > 0);
  INSERT INTO tallies SELECT new.date, new.stage, new.verdict, new.blind, coalesce(min(c.rank), 0),
    1 FROM capacities c WHERE c.rank >= new.rank AND new.rank > 0
    ON CONFLICT DO UPDATE SET alerts = alerts + 1;
END;
)";

constexpr std::array<const char*, 3> kSteps{kFormat1, kFormat2, kFormat3};

constexpr const char* kProbe =
    "SELECT k.value, e.json, e.hash, e.json_sha256, s.decided_by, s.changed_at, s.blind, s.shown, "
    "l.until, t.capacity, t.alerts "
    "FROM kept k, entries e, states s, locks l, tallies t LIMIT 0";

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
