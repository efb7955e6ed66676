#include "base/database.h"

#include <duckdb.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "base/database_errors.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/query_interrupt.h"
#include "base/threads.h"

namespace aml {

namespace {

const char* type_name(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
      return "BOOLEAN";
    case DUCKDB_TYPE_TINYINT:
      return "TINYINT";
    case DUCKDB_TYPE_SMALLINT:
      return "SMALLINT";
    case DUCKDB_TYPE_INTEGER:
      return "INTEGER";
    case DUCKDB_TYPE_BIGINT:
      return "BIGINT";
    case DUCKDB_TYPE_UTINYINT:
      return "UTINYINT";
    case DUCKDB_TYPE_USMALLINT:
      return "USMALLINT";
    case DUCKDB_TYPE_UINTEGER:
      return "UINTEGER";
    case DUCKDB_TYPE_UBIGINT:
      return "UBIGINT";
    case DUCKDB_TYPE_HUGEINT:
      return "HUGEINT";
    case DUCKDB_TYPE_UHUGEINT:
      return "UHUGEINT";
    case DUCKDB_TYPE_FLOAT:
      return "FLOAT";
    case DUCKDB_TYPE_DOUBLE:
      return "DOUBLE";
    case DUCKDB_TYPE_DECIMAL:
      return "DECIMAL";
    case DUCKDB_TYPE_VARCHAR:
      return "VARCHAR";
    case DUCKDB_TYPE_DATE:
      return "DATE";
    case DUCKDB_TYPE_LIST:
      return "LIST";
    case DUCKDB_TYPE_STRUCT:
      return "STRUCT";
    case DUCKDB_TYPE_BLOB:
      return "BLOB";
    default:
      return "OTHER";
  }
}

struct PreparedStatementDeleter {
  void operator()(duckdb_prepared_statement statement) const { duckdb_destroy_prepare(&statement); }
};
using PreparedStatement =
    std::unique_ptr<std::remove_pointer_t<duckdb_prepared_statement>, PreparedStatementDeleter>;

// What DuckDB's parser makes of a text.
class Statements {
 public:
  Statements(duckdb_connection connection, const std::string& sql)
      : connection_(connection),
        sql_(sql),
        count_(duckdb_extract_statements(connection, sql.c_str(), &statements_)) {
    const char* const reason = duckdb_extract_statements_error(statements_);
    if (count_ > 0 || reason == nullptr) return;
    const std::string words = reason;
    duckdb_destroy_extracted(&statements_);
    throw database_error(DUCKDB_ERROR_PARSER, words.c_str(), sql_);
  }
  ~Statements() { duckdb_destroy_extracted(&statements_); }
  Statements(const Statements&) = delete;
  Statements& operator=(const Statements&) = delete;

  std::size_t count() const { return count_; }
  PreparedStatement prepare_first() const {
    duckdb_prepared_statement prepared = nullptr;
    const duckdb_state done =
        duckdb_prepare_extracted_statement(connection_, statements_, 0, &prepared);
    PreparedStatement statement(prepared);
    if (done == DuckDBSuccess) return statement;
    throw preparation_error(connection_, sql_, duckdb_prepare_error(prepared));
  }

 private:
  duckdb_connection connection_;
  const std::string& sql_;
  duckdb_extracted_statements statements_ = nullptr;
  idx_t count_;
};

// Takes part in a statement's work until it is done. duckdb_query and duckdb_execute_pending spin
// while the last tasks are in other threads' hands, a core at full use for nothing: measured as 7 %
// of what a day costs.
void take_part(duckdb_pending_result pending) {
  using std::chrono::microseconds;
  constexpr microseconds kFirstPause{20};
  constexpr microseconds kLongestPause{1000};
  microseconds pause = kFirstPause;
  while (true) {
    const duckdb_pending_state state = duckdb_pending_execute_task(pending);
    if (state == DUCKDB_PENDING_ERROR || duckdb_pending_execution_is_finished(state)) return;
    if (state != DUCKDB_PENDING_NO_TASKS_AVAILABLE) {
      pause = kFirstPause;
      continue;
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, kLongestPause);
  }
}

duckdb_state execute(duckdb_connection connection, const std::string& sql, duckdb_result* result) {
  duckdb_prepared_statement statement = nullptr;
  const duckdb_state done = duckdb_prepare(connection, sql.c_str(), &statement);
  const PreparedStatement prepared(statement);
  duckdb_pending_result pending = nullptr;
  if (done == DuckDBSuccess && duckdb_pending_prepared(statement, &pending) == DuckDBSuccess) {
    take_part(pending);
    const duckdb_state executed = duckdb_execute_pending(pending, result);
    duckdb_destroy_pending(&pending);
    return executed;
  }
  duckdb_destroy_pending(&pending);
  // Several statements cannot be prepared as one, and of an error duckdb_query tells more.
  return duckdb_query(connection, sql.c_str(), result);
}

}  // namespace

struct DatabaseState {
  duckdb_database database = nullptr;
  ~DatabaseState() { duckdb_close(&database); }
};

struct ConnectionState {
  duckdb_connection connection = nullptr;
  std::optional<WatchedConnection> watched;
  ~ConnectionState() {
    watched.reset();
    duckdb_disconnect(&connection);
  }
};

struct QueryResultState {
  duckdb_result result{};
  std::vector<ResultColumn> columns;
  ~QueryResultState() { duckdb_destroy_result(&result); }
  void name_columns() {
    const idx_t count = duckdb_column_count(&result);
    for (idx_t i = 0; i < count; ++i) {
      columns.push_back(
          {duckdb_column_name(&result, i), type_name(duckdb_column_type(&result, i))});
    }
  }
};

ColumnView::ColumnView(void* vector, std::size_t rows)
    : data_(duckdb_vector_get_data(static_cast<duckdb_vector>(vector))),
      validity_(duckdb_vector_get_validity(static_cast<duckdb_vector>(vector))),
      rows_(rows) {}

std::string_view ColumnView::as_text(std::size_t row) const {
  auto* text = static_cast<duckdb_string_t*>(data_) + row;
  return {duckdb_string_t_data(text), duckdb_string_t_length(*text)};
}

Chunk::Chunk(void* chunk) : chunk_(chunk) {}
Chunk::~Chunk() {
  auto chunk = static_cast<duckdb_data_chunk>(chunk_);
  if (chunk != nullptr) duckdb_destroy_data_chunk(&chunk);
}
Chunk::Chunk(Chunk&& other) noexcept : chunk_(std::exchange(other.chunk_, nullptr)) {}
Chunk& Chunk::operator=(Chunk&& other) noexcept {
  std::swap(chunk_, other.chunk_);
  return *this;
}

std::size_t Chunk::rows() const {
  return duckdb_data_chunk_get_size(static_cast<duckdb_data_chunk>(chunk_));
}

ColumnView Chunk::column(std::size_t index) const {
  return {duckdb_data_chunk_get_vector(static_cast<duckdb_data_chunk>(chunk_), index), rows()};
}

QueryResult::QueryResult(std::unique_ptr<QueryResultState> state) : state_(std::move(state)) {}
QueryResult::~QueryResult() = default;
QueryResult::QueryResult(QueryResult&&) noexcept = default;
QueryResult& QueryResult::operator=(QueryResult&&) noexcept = default;

const std::vector<ResultColumn>& QueryResult::columns() const { return state_->columns; }

std::optional<Chunk> QueryResult::next() {
  duckdb_data_chunk chunk = duckdb_fetch_chunk(state_->result);
  if (chunk == nullptr) {
    const char* const error = duckdb_result_error(&state_->result);
    if (error != nullptr && *error != '\0') throw result_error(state_->result);
    return std::nullopt;
  }
  return Chunk(chunk);
}

Connection::Connection(std::unique_ptr<ConnectionState> state) : state_(std::move(state)) {}
Connection::~Connection() = default;
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;

void Connection::run(const std::string& sql) {
  throw_if_stop_requested();
  const QueryInterrupt interrupt(*state_->watched);
  QueryResultState state;
  if (execute(state_->connection, sql, &state.result) != DuckDBSuccess) {
    throw result_error(state.result, sql);
  }
}

QueryResult Connection::query(const std::string& sql) {
  throw_if_stop_requested();
  const QueryInterrupt interrupt(*state_->watched);
  auto state = std::make_unique<QueryResultState>();
  if (execute(state_->connection, sql, &state->result) != DuckDBSuccess) {
    throw result_error(state->result, sql);
  }
  state->name_columns();
  return QueryResult(std::move(state));
}

QueryResult Connection::stream(const std::string& sql) {
  throw_if_stop_requested();
  const QueryInterrupt interrupt(*state_->watched);
  auto state = std::make_unique<QueryResultState>();
  duckdb_prepared_statement statement = nullptr;
  duckdb_pending_result pending = nullptr;
  const bool done = duckdb_prepare(state_->connection, sql.c_str(), &statement) == DuckDBSuccess &&
                    duckdb_pending_prepared_streaming(statement, &pending) == DuckDBSuccess &&
                    duckdb_execute_pending(pending, &state->result) == DuckDBSuccess;
  const PreparedStatement prepared(statement);
  const char* reason = pending == nullptr ? nullptr : duckdb_pending_error(pending);
  if (reason == nullptr) reason = duckdb_prepare_error(statement);
  const std::string words = reason == nullptr ? "unknown error" : reason;
  duckdb_destroy_pending(&pending);
  if (!done) {
    throw duckdb_result_error(&state->result) != nullptr
        ? result_error(state->result, sql)
        : preparation_error(state_->connection, sql, words.c_str());
  }
  state->name_columns();
  return QueryResult(std::move(state));
}

std::size_t Connection::count_statements(const std::string& sql) {
  return Statements(state_->connection, sql).count();
}

std::vector<ResultColumn> Connection::describe_select(const std::string& sql) {
  throw_if_stop_requested();
  const Statements statements(state_->connection, sql);
  if (statements.count() != 1) {
    throw SqlError(ErrorKind::bad_input, "there is not exactly one statement", std::nullopt);
  }
  const PreparedStatement prepared = statements.prepare_first();
  if (duckdb_prepared_statement_type(prepared.get()) != DUCKDB_STATEMENT_TYPE_SELECT) {
    throw SqlError(ErrorKind::bad_input, "the statement is no SELECT", std::nullopt);
  }
  std::vector<ResultColumn> columns;
  for (idx_t i = 0; i < duckdb_prepared_statement_column_count(prepared.get()); ++i) {
    const char* const name = duckdb_prepared_statement_column_name(prepared.get(), i);
    columns.push_back({name, type_name(duckdb_prepared_statement_column_type(prepared.get(), i))});
    duckdb_free(const_cast<char*>(name));
  }
  return columns;
}

std::optional<std::string> Connection::query_text(const std::string& sql) {
  QueryResult result = query("SELECT CAST((" + sql + ") AS VARCHAR)");
  const std::optional<Chunk> chunk = result.next();
  if (!chunk || chunk->rows() == 0 || chunk->column(0).is_null(0)) return std::nullopt;
  return std::string(chunk->column(0).as_text(0));
}

std::int64_t Connection::query_int(const std::string& sql) {
  QueryResult result = query("SELECT CAST((" + sql + ") AS BIGINT)");
  const std::optional<Chunk> chunk = result.next();
  if (!chunk || chunk->rows() == 0 || chunk->column(0).is_null(0)) {
    throw Error(ErrorKind::internal, "a query that must give a number gave none: " + sql);
  }
  return chunk->column(0).as_int64(0);
}

void* Connection::native_handle() const { return state_->connection; }

Database::Database(const DatabaseOptions& options) : state_(std::make_unique<DatabaseState>()) {
  const int threads = options.threads > 0 ? options.threads : available_processors();
  duckdb_config config = nullptr;
  duckdb_create_config(&config);
  duckdb_set_config(config, "threads", std::to_string(threads).c_str());
  // Nothing is ever fetched from elsewhere, and order is part of "same input, same output".
  duckdb_set_config(config, "autoinstall_known_extensions", "false");
  duckdb_set_config(config, "autoload_known_extensions", "false");
  duckdb_set_config(config, "preserve_insertion_order", "true");
  duckdb_set_config(config, "errors_as_json", "true");
  if (!options.memory_limit.empty() &&
      duckdb_set_config(config, "memory_limit", options.memory_limit.c_str()) != DuckDBSuccess) {
    duckdb_destroy_config(&config);
    throw Error(ErrorKind::usage,
                "memory limit \"" + options.memory_limit + "\" is not a size like 6GB");
  }
  duckdb_set_config(config, "temp_directory", options.temp_directory.c_str());
  char* message = nullptr;
  const duckdb_state opened = duckdb_open_ext(nullptr, &state_->database, config, &message);
  duckdb_destroy_config(&config);
  if (opened != DuckDBSuccess) {
    const std::string text = message == nullptr ? "" : message;
    duckdb_free(message);
    throw Error(ErrorKind::usage, "DuckDB cannot start: " + text.substr(0, text.find('\n')));
  }
  if (options.spill_limit.empty()) return;
  // As a setting of the start, DuckDB would tell that it is used up as if memory were.
  try {
    connect().run("SET max_temp_directory_size = " + sql_text(options.spill_limit));
  } catch (const SqlError&) {
    throw Error(ErrorKind::usage,
                "--spill-limit \"" + options.spill_limit + "\" is not a size like 100GB");
  }
}
Database::~Database() = default;

Connection Database::connect() {
  auto state = std::make_unique<ConnectionState>();
  if (duckdb_connect(state_->database, &state->connection) != DuckDBSuccess) {
    throw Error(ErrorKind::internal, "DuckDB refuses a connection");
  }
  state->watched.emplace(state->connection);
  return Connection(std::move(state));
}

namespace {

std::string quoted(std::string_view text, char quote) {
  std::string result(1, quote);
  for (const char c : text) {
    if (c == quote) result += quote;
    result += c;
  }
  return result + quote;
}

}  // namespace

std::string sql_text(std::string_view text) { return quoted(text, '\''); }
std::string sql_name(std::string_view name) { return quoted(name, '"'); }

std::string sql_path(const std::filesystem::path& path) {
  // Absolute, so that no part of it looks like a home folder or a protocol.
  const std::string text = rooted_path(path).string();
  if (text.find_first_of("*?[") == std::string::npos) return sql_text(text);
  // A character in brackets stands for itself. Patterns know backslashes as separators of folders,
  // which only a range that holds one passes by.
  std::string pattern;
  for (const char c : text) {
    if (c == '\\') {
      pattern += "[[-^]";
    } else if (c == '*' || c == '?' || c == '[') {
      pattern += {'[', c, ']'};
    } else {
      pattern += c;
    }
  }
  return sql_text(pattern);
}

}  // namespace aml
