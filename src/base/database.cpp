#include "base/database.h"

#include <duckdb.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/file_system.h"
#include "base/threads.h"

namespace aml {

namespace {

// DuckDB's types do not tell a full disk: it is the system's own word within an error of input and
// output, or a limit that DuckDB takes from the disk's free space, named by its setting.
bool is_disk_full(duckdb_error_type type, const std::string& text) {
  if (type == DUCKDB_ERROR_OUT_OF_MEMORY) {
    return text.find("max_temp_directory_size") != std::string::npos;
  }
  return type == DUCKDB_ERROR_IO && (text.find(std::strerror(ENOSPC)) != std::string::npos ||
                                     text.find(std::strerror(EDQUOT)) != std::string::npos);
}

// DuckDB's messages go on with the query's text and a caret; the first line says what is wrong.
Error database_error(duckdb_error_type type, const char* message) {
  const std::string text = message == nullptr ? "unknown error" : message;
  const std::string line = text.substr(0, text.find('\n'));
  if (is_disk_full(type, text)) {
    return {ErrorKind::no_space, "the disk is full: free some space and try again (" + line + ")"};
  }
  if (type == DUCKDB_ERROR_OUT_OF_MEMORY) {
    return {
        ErrorKind::out_of_memory,
        "the memory limit is used up: raise --memory-limit, or use fewer --threads (" + line + ")"};
  }
  return {ErrorKind::bad_input, line};
}

Error result_error(duckdb_result& result) {
  return database_error(duckdb_result_error_type(&result), duckdb_result_error(&result));
}

// Of statements that cannot be prepared DuckDB tells the words alone; of a result it tells the type
// too, and what cannot be prepared cannot be explained.
Error preparation_error(duckdb_connection connection, const std::string& sql, const char* message) {
  duckdb_result result{};
  duckdb_query(connection, ("EXPLAIN " + sql).c_str(), &result);
  const Error error = database_error(duckdb_result_error_type(&result), message);
  duckdb_destroy_result(&result);
  return error;
}

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

}  // namespace

struct DatabaseState {
  duckdb_database database = nullptr;
  ~DatabaseState() { duckdb_close(&database); }
};

struct ConnectionState {
  duckdb_connection connection = nullptr;
  ~ConnectionState() { duckdb_disconnect(&connection); }
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
  duckdb_result result{};
  if (duckdb_query(state_->connection, sql.c_str(), &result) != DuckDBSuccess) {
    const Error error = result_error(result);
    duckdb_destroy_result(&result);
    throw error;
  }
  duckdb_destroy_result(&result);
}

QueryResult Connection::query(const std::string& sql) {
  throw_if_stop_requested();
  auto state = std::make_unique<QueryResultState>();
  if (duckdb_query(state_->connection, sql.c_str(), &state->result) != DuckDBSuccess) {
    throw result_error(state->result);
  }
  state->name_columns();
  return QueryResult(std::move(state));
}

QueryResult Connection::stream(const std::string& sql) {
  throw_if_stop_requested();
  auto state = std::make_unique<QueryResultState>();
  duckdb_prepared_statement statement = nullptr;
  duckdb_pending_result pending = nullptr;
  const bool done = duckdb_prepare(state_->connection, sql.c_str(), &statement) == DuckDBSuccess &&
                    duckdb_pending_prepared_streaming(statement, &pending) == DuckDBSuccess &&
                    duckdb_execute_pending(pending, &state->result) == DuckDBSuccess;
  std::optional<Error> error;
  if (!done) {
    const char* reason = pending == nullptr ? nullptr : duckdb_pending_error(pending);
    if (reason == nullptr) reason = duckdb_prepare_error(statement);
    error = duckdb_result_error(&state->result) != nullptr
                ? result_error(state->result)
                : preparation_error(state_->connection, sql, reason);
  }
  duckdb_destroy_pending(&pending);
  duckdb_destroy_prepare(&statement);
  if (error) throw *error;
  state->name_columns();
  return QueryResult(std::move(state));
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
}
Database::~Database() = default;

Connection Database::connect() {
  auto state = std::make_unique<ConnectionState>();
  if (duckdb_connect(state_->database, &state->connection) != DuckDBSuccess) {
    throw Error(ErrorKind::internal, "DuckDB refuses a connection");
  }
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
