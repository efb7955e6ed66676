#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

// Embedded DuckDB behind a few words: open, connect, run, read columns. The only files
// that know DuckDB's C interface are this one's .cpp and those that need more speed and say why.
namespace aml {

struct DatabaseOptions {
  int threads = 0;                  // 0: available_processors()
  std::string memory_limit = "";    // DuckDB's notation, "6GB"; empty: DuckDB's default
  std::string temp_directory = "";  // where it may spill; empty: no spilling
  std::string spill_limit = "";     // how much, likewise; empty: DuckDB's default
};

// What DuckDB refuses in a statement: its own words (their first line), and where in the
// statement's text it found fault, as an offset in bytes; nothing where DuckDB does not say.
class SqlError : public Error {
 public:
  SqlError(ErrorKind kind, const std::string& message, std::optional<std::size_t> position)
      : Error(kind, message), position_(position) {}
  std::optional<std::size_t> position() const { return position_; }

 private:
  std::optional<std::size_t> position_;
};

// One column of one chunk of a result: at most 2048 values.
class ColumnView {
 public:
  ColumnView(void* vector, std::size_t rows);
  std::size_t rows() const { return rows_; }
  bool is_null(std::size_t row) const {
    return validity_ != nullptr && (validity_[row / 64] >> (row % 64) & 1) == 0;
  }
  // REQUIRES: the column is of SQL type DOUBLE / BIGINT / VARCHAR; cast in the query.
  double as_double(std::size_t row) const { return static_cast<const double*>(data_)[row]; }
  std::int64_t as_int64(std::size_t row) const {
    return static_cast<const std::int64_t*>(data_)[row];
  }
  // Valid as long as the chunk.
  std::string_view as_text(std::size_t row) const;
  // The same, "" for NULL.
  std::string_view text_or_empty(std::size_t row) const {
    return is_null(row) ? std::string_view() : as_text(row);
  }
  std::span<const double> doubles() const { return {static_cast<const double*>(data_), rows_}; }

 private:
  void* data_;
  std::uint64_t* validity_;
  std::size_t rows_;
};

// Some consecutive rows of a result.
class Chunk {
 public:
  explicit Chunk(void* chunk);
  ~Chunk();
  Chunk(Chunk&& other) noexcept;
  Chunk& operator=(Chunk&& other) noexcept;
  std::size_t rows() const;
  ColumnView column(std::size_t index) const;

 private:
  void* chunk_;
};

struct ResultColumn {
  std::string name;
  std::string type;  // DuckDB's type id in capitals: "DOUBLE", "BIGINT", "VARCHAR", "BOOLEAN",
                     // "DECIMAL", "LIST", …
};

// Rows of a query, read chunk by chunk in order.
class QueryResult {
 public:
  explicit QueryResult(std::unique_ptr<struct QueryResultState> state);
  ~QueryResult();
  QueryResult(QueryResult&&) noexcept;
  QueryResult& operator=(QueryResult&&) noexcept;

  const std::vector<ResultColumn>& columns() const;
  // Nothing after the last row. Throws as Connection::query where a streamed row cannot be made.
  std::optional<Chunk> next();

 private:
  std::unique_ptr<struct QueryResultState> state_;
};

// One session with the database. For one thread at a time; connections of one Database see the same
// tables, so use one per thread.
class Connection {
 public:
  explicit Connection(std::unique_ptr<struct ConnectionState> state);
  ~Connection();
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;

  // Runs one or more statements and drops their rows. Throws SqlError{bad_input}, {out_of_memory}
  // where the memory limit is used up, {no_space} where the disk is full, and Error{interrupted}
  // within a second of a signal to stop.
  void run(const std::string& sql);
  // Runs one statement; its rows are read from the result. Materialized, so other statements may
  // follow.
  QueryResult query(const std::string& sql);
  // As query, but rows are made while they are read, so that a result of any size takes little
  // memory; errors of later rows come from next(). The connection runs nothing else meanwhile.
  QueryResult stream(const std::string& sql);
  // How many statements DuckDB's parser finds in `sql`. Nothing is run. Throws SqlError.
  std::size_t count_statements(const std::string& sql);
  // The columns that `sql` would give, which must be exactly one SELECT to DuckDB's parser. Nothing
  // is run. Throws SqlError.
  std::vector<ResultColumn> describe_select(const std::string& sql);
  // The one value of a one-row query: as text (nothing for NULL), or as an integer.
  std::optional<std::string> query_text(const std::string& sql);
  std::int64_t query_int(const std::string& sql);
  // DuckDB's own duckdb_connection, for the few files that register functions with it.
  void* native_handle() const;

 private:
  std::unique_ptr<struct ConnectionState> state_;
};

// An in-memory database.
class Database {
 public:
  explicit Database(const DatabaseOptions& options = {});
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Connection connect();

 private:
  std::unique_ptr<struct DatabaseState> state_;
};

// `text` as an SQL string literal, with its quotes.
std::string sql_text(std::string_view text);
// The path as an SQL string literal for read_parquet and the like, which then open this file and
// no other: what means something in a pattern stands for itself.
std::string sql_path(const std::filesystem::path& path);
// `name` as a quoted SQL identifier.
std::string sql_name(std::string_view name);

}  // namespace aml
