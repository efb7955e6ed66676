#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/error.h"

struct sqlite3;
struct sqlite3_stmt;

// SQLite behind a few words. The only file that knows its C interface is this one's .cpp.
namespace aml::sqlite {

// That a database is damaged, and what to do: which files to move aside, and how a backup is made
// and put in their place.
Error damaged_database(const std::filesystem::path& path, const std::string& how);

// One statement, to be bound, stepped through and thrown away. Parameters and columns count from 0.
class SqlStatement {
 public:
  SqlStatement(sqlite3* database, std::string_view sql);
  ~SqlStatement();
  SqlStatement(SqlStatement&& other) noexcept;
  SqlStatement& operator=(SqlStatement&&) = delete;

  SqlStatement& bind(std::string_view text);
  SqlStatement& bind_bytes(std::string_view bytes);  // read by text()
  SqlStatement& bind(std::int64_t value);
  SqlStatement& bind(double value);
  SqlStatement& bind_null();
  // True where there is a row.
  bool next();
  // Runs a statement that has no rows.
  void run();

  bool is_null(int column) const;
  std::string text(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;

 private:
  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

// One connection to a database file in WAL mode with full sync: what a finished transaction wrote
// is there after a crash or a power failure. For one thread at a time; readers in other connections
// do not wait for the writer. Throws Error{bad_input} naming the file where it is no database,
// Error{unavailable} where another process holds it, Error{no_space} where the disk is full.
class SqlDatabase {
 public:
  enum class Mode { read_write, read_only };
  // Where another process writes, it is waited for so long; Error{unavailable} then.
  static constexpr std::chrono::milliseconds kPatience{10'000};
  SqlDatabase(const std::filesystem::path& path, Mode mode,
              std::chrono::milliseconds patience = kPatience);
  ~SqlDatabase();
  SqlDatabase(const SqlDatabase&) = delete;
  SqlDatabase& operator=(const SqlDatabase&) = delete;

  SqlStatement prepare(std::string_view sql) { return {database_, sql}; }
  // One or more statements without parameters or rows.
  void run(const std::string& sql);
  // What a transaction outlives once it has returned: a power failure, for which it waits until
  // the disk has it, or a kill of the program alone.
  enum class Lasting { power_failure, kill };
  // All that `work` writes, or nothing of it where it throws.
  void transaction(const std::function<void()>& work, Lasting lasting = Lasting::power_failure);
  // The first column of the first row of a statement without parameters; 0 where there is no row.
  std::int64_t number(std::string_view sql);
  // What this connection does later ends with Error{unavailable} once a stop is asked for. The
  // token stays where it is until then.
  void end_with(const std::stop_token& stop);
  // Writes a whole copy into a file of that name, aside first; replaces one that is there.
  void copy_to(const std::filesystem::path& target);

 private:
  sqlite3* database_ = nullptr;
};

}  // namespace aml::sqlite
