#include "base/database_errors.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

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

// The offset in bytes of the character at `characters`, in UTF-8.
std::size_t byte_offset(std::string_view text, std::size_t characters) {
  std::size_t offset = 0;
  while (offset < text.size()) {
    const bool begins_character = (text[offset] & 0xC0) != 0x80;
    if (begins_character && characters-- == 0) break;
    ++offset;
  }
  return offset;
}

// DuckDB's words, and where in the statement it found fault.
struct Fault {
  std::string text;
  std::optional<std::size_t> position;
  duckdb_error_type type;
};

// By the name that DuckDB's JSON has for it. An error of a statement's work reaches its result as
// "an unsuccessful query", whatever its type.
duckdb_error_type named_type(const std::string& name, duckdb_error_type otherwise) {
  if (name == "Out of Memory") return DUCKDB_ERROR_OUT_OF_MEMORY;
  if (name == "IO") return DUCKDB_ERROR_IO;
  return otherwise;
}

// DuckDB is asked for its errors as JSON (errors_as_json), because only there the place in the
// statement is a number. Some come as "Parser Error: {…}", some in plain words. The place is one in
// bytes, but for syntax errors, whose parser counts characters.
Fault read_fault(duckdb_error_type type, const char* message, std::string_view sql) {
  Fault fault{message == nullptr ? "unknown error" : message, std::nullopt, type};
  const nlohmann::json json =
      nlohmann::json::parse(fault.text.substr(std::min(fault.text.find('{'), fault.text.size())),
                            nullptr, /*allow_exceptions=*/false);
  if (json.is_object() && json.contains("exception_type") && json.contains("exception_message")) {
    fault.type = named_type(json.value("exception_type", ""), type);
    fault.text =
        json.value("exception_type", "") + " Error: " + json.value("exception_message", "");
    if (const auto found = json.find("position"); found != json.end() && found->is_string()) {
      fault.position = std::strtoull(found->get_ref<const std::string&>().c_str(), nullptr, 10);
      if (json.value("error_subtype", "") == "SYNTAX_ERROR") {
        fault.position = byte_offset(sql, *fault.position);
      }
    }
  }
  return fault;
}

}  // namespace

// DuckDB's messages go on with the query's text and a caret; the first line says what is wrong.
SqlError database_error(duckdb_error_type type, const char* message, std::string_view sql) {
  const Fault fault = read_fault(type, message, sql);
  throw_if_stop_requested();
  const std::string line = fault.text.substr(0, fault.text.find('\n'));
  if (is_disk_full(fault.type, fault.text)) {
    return {ErrorKind::no_space, "the disk is full: free some space and try again (" + line + ")",
            fault.position};
  }
  if (fault.type == DUCKDB_ERROR_OUT_OF_MEMORY) {
    return {
        ErrorKind::out_of_memory,
        "the memory limit is used up: raise --memory-limit, or use fewer --threads (" + line + ")",
        fault.position};
  }
  return {ErrorKind::bad_input, line, fault.position};
}

SqlError result_error(duckdb_result& result, std::string_view sql) {
  return database_error(duckdb_result_error_type(&result), duckdb_result_error(&result), sql);
}

// Of statements that cannot be prepared DuckDB tells the words alone; of a result it tells the type
// too, and what cannot be prepared cannot be explained.
SqlError preparation_error(duckdb_connection connection, const std::string& sql,
                           const char* message) {
  duckdb_result result{};
  duckdb_query(connection, ("EXPLAIN " + sql).c_str(), &result);
  const duckdb_error_type type = duckdb_result_error_type(&result);
  duckdb_destroy_result(&result);
  return database_error(type, message, sql);
}

}  // namespace aml
