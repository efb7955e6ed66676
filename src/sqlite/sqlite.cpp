#include "sqlite/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <optional>
#include <utility>

#include "base/error.h"
#include "base/files.h"

namespace aml::sqlite {

namespace {

// `path` names a file that could not be opened; of an open one SQLite knows it.
Error sqlite_error(sqlite3* database, std::string_view doing, std::string path = "") {
  const int code = sqlite3_errcode(database);
  const char* file = sqlite3_db_filename(database, "main");
  if (path.empty() && file != nullptr) path = file;
  if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT) {
    return damaged_database(path, sqlite3_errmsg(database));
  }
  ErrorKind kind = ErrorKind::internal;
  if (code == SQLITE_FULL) kind = ErrorKind::no_space;
  if (code == SQLITE_BUSY || code == SQLITE_LOCKED || code == SQLITE_IOERR ||
      code == SQLITE_INTERRUPT) {
    kind = ErrorKind::unavailable;
  }
  if (code == SQLITE_CANTOPEN || code == SQLITE_READONLY) kind = ErrorKind::denied;
  return {kind, fmt::format("the database {}: {} ({}){}", path, sqlite3_errmsg(database), doing,
                            kind == ErrorKind::no_space
                                ? ": free some space and run the same command again"
                                : "")};
}

}  // namespace

Error damaged_database(const std::filesystem::path& path, const std::string& how) {
  return {
      ErrorKind::bad_input,
      fmt::format(
          "the database {0} is damaged ({1}): move it, {0}-wal and {0}-shm aside and put a backup "
          "in its place (`sqlite3 {0} '.backup FILE'` makes one); without a backup, "
          "`sqlite3 {0} .recover | sqlite3 FILE` saves what can be read",
          path.string(), how)};
}

SqlStatement::SqlStatement(sqlite3* database, std::string_view sql) : database_(database) {
  if (sqlite3_prepare_v2(database, sql.data(), static_cast<int>(sql.size()), &statement_,
                         nullptr) != SQLITE_OK) {
    throw sqlite_error(database, sql);
  }
}
SqlStatement::~SqlStatement() { sqlite3_finalize(statement_); }
SqlStatement::SqlStatement(SqlStatement&& other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      bound_(other.bound_) {}

SqlStatement& SqlStatement::bind(std::string_view text) {
  sqlite3_bind_text64(statement_, ++bound_, text.data(), text.size(), SQLITE_TRANSIENT,
                      SQLITE_UTF8);
  return *this;
}
SqlStatement& SqlStatement::bind_bytes(std::string_view bytes) {
  // Without bytes it would be NULL.
  sqlite3_bind_blob64(statement_, ++bound_, bytes.empty() ? "" : bytes.data(), bytes.size(),
                      SQLITE_TRANSIENT);
  return *this;
}
SqlStatement& SqlStatement::bind(std::int64_t value) {
  sqlite3_bind_int64(statement_, ++bound_, value);
  return *this;
}
SqlStatement& SqlStatement::bind(double value) {
  sqlite3_bind_double(statement_, ++bound_, value);
  return *this;
}
SqlStatement& SqlStatement::bind_null() {
  sqlite3_bind_null(statement_, ++bound_);
  return *this;
}

bool SqlStatement::next() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  throw sqlite_error(database_, sqlite3_sql(statement_));
}

void SqlStatement::run() {
  while (next()) {
  }
}

bool SqlStatement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}
std::string SqlStatement::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  return bytes == nullptr ? "" : std::string(bytes, static_cast<std::size_t>(size));
}
std::int64_t SqlStatement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}
double SqlStatement::real(int column) const { return sqlite3_column_double(statement_, column); }

SqlDatabase::SqlDatabase(const std::filesystem::path& path, Mode mode,
                         std::chrono::milliseconds patience) {
  const int flags =
      mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  if (sqlite3_open_v2(path.c_str(), &database_, flags, nullptr) != SQLITE_OK) {
    const Error error = sqlite_error(database_, "open", path.string());
    sqlite3_close(database_);
    throw error;
  }
  sqlite3_busy_timeout(database_, static_cast<int>(patience.count()));
  try {
    if (mode == Mode::read_write) {
      run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
    }
  } catch (const Error&) {
    sqlite3_close(database_);
    throw;
  }
}
SqlDatabase::~SqlDatabase() { sqlite3_close(database_); }

void SqlDatabase::run(const std::string& sql) {
  if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw sqlite_error(database_, sql);
  }
}

void SqlDatabase::transaction(const std::function<void()>& work, Lasting lasting) {
  // With a write-ahead log, what comes later and is waited for brings this to the disk, too.
  struct Unsynced {
    sqlite3* database;
    ~Unsynced() { sqlite3_exec(database, "PRAGMA synchronous = FULL", nullptr, nullptr, nullptr); }
  };
  std::optional<Unsynced> unsynced;
  if (lasting == Lasting::kill) {
    unsynced.emplace(database_);
    run("PRAGMA synchronous = NORMAL");
  }
  run("BEGIN IMMEDIATE");
  try {
    work();
    run("COMMIT");
  } catch (...) {
    sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

std::int64_t SqlDatabase::number(std::string_view sql) {
  SqlStatement row = prepare(sql);
  return row.next() ? row.integer(0) : 0;
}

void SqlDatabase::end_with(const std::stop_token& stop) {
  constexpr int kSteps = 10'000;
  const auto ask = [](void* token) {
    return static_cast<int>(static_cast<const std::stop_token*>(token)->stop_requested());
  };
  // SQLite takes a pointer without const, which is given back to `ask` alone.
  sqlite3_progress_handler(database_, kSteps, ask, const_cast<std::stop_token*>(&stop));
}

void SqlDatabase::copy_to(const std::filesystem::path& target) {
  OutputFile copy(target);
  prepare("VACUUM INTO ?").bind(copy.path().string()).run();
  copy.publish();
}

}  // namespace aml::sqlite
