#include "validator/ledger_schema.h"

#include <fmt/format.h>

#include <array>
#include <string>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "sqlite/format.h"

namespace aml::validator {

namespace fs = std::filesystem;

namespace {

constexpr const char* kFormat1 = R"(
CREATE TABLE rounds (
  date TEXT PRIMARY KEY, network TEXT NOT NULL, window_days INTEGER NOT NULL,
  snapshot_sha256 TEXT NOT NULL, created_at TEXT NOT NULL, asked INTEGER NOT NULL DEFAULT 0,
  truth_sha256 TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
CREATE TABLE miners (
  id INTEGER PRIMARY KEY AUTOINCREMENT, uid INTEGER NOT NULL, hotkey TEXT NOT NULL,
  since TEXT NOT NULL);
CREATE INDEX miners_hotkey ON miners (hotkey);
CREATE TABLE participants (
  date TEXT NOT NULL REFERENCES rounds, miner INTEGER NOT NULL REFERENCES miners,
  host TEXT NOT NULL, port INTEGER NOT NULL, PRIMARY KEY (date, miner)) WITHOUT ROWID;
CREATE TABLE submissions (
  arrival INTEGER PRIMARY KEY AUTOINCREMENT,
  date TEXT NOT NULL REFERENCES rounds, miner INTEGER NOT NULL REFERENCES miners,
  asked TEXT NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL, body_sha256 TEXT NOT NULL,
  body_bytes INTEGER NOT NULL, request_payload TEXT NOT NULL, request_body TEXT NOT NULL,
  envelope TEXT NOT NULL, seconds REAL NOT NULL, at TEXT NOT NULL, UNIQUE (date, miner, asked));
CREATE TABLE verdicts (
  date TEXT NOT NULL REFERENCES rounds, miner INTEGER NOT NULL REFERENCES miners,
  stage TEXT NOT NULL, final_score REAL NOT NULL, verdict TEXT NOT NULL, judged_at TEXT NOT NULL,
  PRIMARY KEY (date, miner, stage)) WITHOUT ROWID;
CREATE TABLE judged (
  date TEXT NOT NULL REFERENCES rounds, stage TEXT NOT NULL, at TEXT NOT NULL,
  PRIMARY KEY (date, stage)) WITHOUT ROWID;
CREATE TABLE weights (
  date TEXT NOT NULL REFERENCES rounds, stage TEXT NOT NULL, uids TEXT NOT NULL,
  hotkeys TEXT NOT NULL, "values" TEXT NOT NULL, state TEXT NOT NULL, block_before INTEGER NOT NULL,
  block INTEGER NOT NULL, message TEXT NOT NULL, at TEXT NOT NULL,
  PRIMARY KEY (date, stage)) WITHOUT ROWID;
CREATE TABLE kept (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
)";

// Where a hotkey was known at several UIDs, all it did belongs to the first. Ledgers of earlier
// programs may lack the indexes of the end.
constexpr const char* kFormat2 = R"(
CREATE TABLE hotkeys (
  id INTEGER PRIMARY KEY AUTOINCREMENT, hotkey TEXT NOT NULL UNIQUE, since TEXT NOT NULL);
INSERT INTO hotkeys SELECT min(id), hotkey, min(since) FROM miners GROUP BY hotkey;
CREATE TEMP TABLE moved (old INTEGER PRIMARY KEY, new INTEGER NOT NULL, uid INTEGER NOT NULL);
INSERT INTO moved SELECT m.id, h.id, m.uid FROM miners m JOIN hotkeys h ON h.hotkey = m.hotkey;
CREATE TABLE taking_part (
  date TEXT NOT NULL REFERENCES rounds, miner INTEGER NOT NULL REFERENCES miners,
  uid INTEGER NOT NULL, host TEXT NOT NULL, port INTEGER NOT NULL,
  PRIMARY KEY (date, miner)) WITHOUT ROWID;
INSERT OR IGNORE INTO taking_part
  SELECT p.date, m.new, m.uid, p.host, p.port FROM participants p JOIN moved m ON m.old = p.miner;
UPDATE OR IGNORE submissions SET miner = (SELECT new FROM moved WHERE old = miner);
UPDATE OR IGNORE verdicts SET miner = (SELECT new FROM moved WHERE old = miner);
DROP TABLE moved;
DROP TABLE participants;
DROP TABLE miners;
ALTER TABLE taking_part RENAME TO participants;
ALTER TABLE hotkeys RENAME TO miners;
CREATE TABLE numbered (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  date TEXT NOT NULL REFERENCES rounds, stage TEXT NOT NULL, uids TEXT NOT NULL,
  hotkeys TEXT NOT NULL, "values" TEXT NOT NULL, state TEXT NOT NULL,
  block_before INTEGER NOT NULL DEFAULT 0, begun_block INTEGER NOT NULL DEFAULT 0,
  block INTEGER NOT NULL DEFAULT 0, reveal_round INTEGER NOT NULL DEFAULT 0,
  message TEXT NOT NULL DEFAULT '', at TEXT NOT NULL, UNIQUE (date, stage));
INSERT INTO numbered (date, stage, uids, hotkeys, "values", state, block_before, block, message, at)
  SELECT date, stage, uids, hotkeys, "values", state, block_before, block, message, at
  FROM weights ORDER BY at, date;
DROP TABLE weights;
ALTER TABLE numbered RENAME TO weights;
CREATE INDEX IF NOT EXISTS submissions_miner ON submissions (miner, date);
CREATE INDEX IF NOT EXISTS verdicts_miner ON verdicts (miner, date);
)";

constexpr const char* kFormat3 = R"(
ALTER TABLE participants ADD COLUMN registered INTEGER NOT NULL DEFAULT 0;
CREATE TABLE evidence (
  date TEXT PRIMARY KEY REFERENCES rounds, identities TEXT NOT NULL, gain BLOB NOT NULL,
  spread BLOB NOT NULL, clusters BLOB NOT NULL);
)";

constexpr std::array<const char*, kLedgerFormat> kSteps{kFormat1, kFormat2, kFormat3};

// Names every column that the program asks for.
constexpr const char* kProbe =
    "SELECT r.truth_sha256, p.uid, p.registered, e.clusters, s.envelope, v.verdict, j.at, "
    "w.sequence, w.reveal_round, "
    "k.value "
    "FROM rounds r, miners m, participants p, submissions s, verdicts v, judged j, weights w, kept "
    "k, evidence e "
    "LIMIT 0";

bool has_submissions(const fs::path& folder) {
  for (const fs::path& below : list_folder_if_possible(folder / "submissions")) {
    for (const fs::path& file : list_folder_if_possible(below)) {
      if (file.extension() == ".zst") return true;
    }
  }
  return false;
}

Error forgotten(const fs::path& folder, const char* how) {
  return {ErrorKind::bad_input,
          fmt::format("the ledger {0} {1}, but {2} holds submissions that it would forget: bring "
                      "{0} back from a backup, with the -wal beside it where there is one; or "
                      "name a new --data-dir",
                      ledger_path(folder).string(), how, (folder / "submissions").string())};
}

constexpr sqlite::Format kFormat{"the ledger", kSteps, kProbe};

}  // namespace

fs::path ledger_path(const fs::path& folder) { return folder / "ledger.sqlite"; }

std::unique_ptr<SqlDatabase> open_ledger(const fs::path& folder, SqlDatabase::Mode mode) {
  const fs::path path = ledger_path(folder);
  const bool is_writer = mode == SqlDatabase::Mode::read_write;
  if (is_writer && file_size_if_exists(path).value_or(0) == 0 && has_submissions(folder)) {
    throw forgotten(folder, "is missing or empty");
  }
  auto database = std::make_unique<SqlDatabase>(path, mode);
  sqlite::refuse_newer(*database, path, kFormat);
  if (!is_writer) return database;
  sqlite::bring_forward(*database, path, kFormat);
  if (database->number("SELECT count(*) FROM rounds") == 0 && has_submissions(folder)) {
    throw forgotten(folder, "knows no round");
  }
  return database;
}

}  // namespace aml::validator
