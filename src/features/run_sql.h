#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/database.h"
#include "features/feature_sql.h"

namespace aml::features {

// What a statement reads.
struct SelectReads {
  std::set<std::string> tables;
  // Every name that may be a column's, in small letters; nothing: any column may be meant, because
  // the statement asks for all (*, #1, NATURAL, PIVOT, a table's
  // name as a value).
  std::optional<std::set<std::string>> columns = std::set<std::string>();
};

// A feature file may be a stranger's. It is exactly one SELECT to DuckDB's own parser, and reads
// tables by name and the table functions range, generate_series and unnest, nothing else, and calls
// nothing that gives something else each time (random, now). Throws Error{bad_input} naming file,
// line and column.
SelectReads check_select(Connection& connection, const SqlStep& step);

// The step's SELECT without what may follow it: a semicolon, comments.
std::string_view statement_of(const SqlStep& step);

// Makes the step's table. Throws Error{bad_input} that names file, line and column, and shows the
// line with a caret, where DuckDB says what it found fault with.
void make_table(Connection& connection, const SqlStep& step);

// Calls `run` with the step's SELECT between `before` and `behind`. Errors as make_table().
void with_select(const SqlStep& step, const std::string& before, const std::string& behind,
                 const std::function<void(const std::string& sql)>& run);

// The columns that the step's SELECT gives. Errors as make_table().
std::vector<ResultColumn> columns_of(Connection& connection, const SqlStep& step);

}  // namespace aml::features
