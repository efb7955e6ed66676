#pragma once

#include <duckdb.h>

#include <string>
#include <string_view>

#include "base/database.h"

// What DuckDB's C interface says of a failure, as our errors. For database.cpp.
namespace aml {

// `message` is DuckDB's, null for none; `sql` the statement that its place is one in. Throws
// Error{interrupted} where a signal asked the program to stop: the failure is our own doing then.
SqlError database_error(duckdb_error_type type, const char* message, std::string_view sql = {});
SqlError result_error(duckdb_result& result, std::string_view sql = {});
SqlError preparation_error(duckdb_connection connection, const std::string& sql,
                           const char* message);

}  // namespace aml
