#include "features/run_sql.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/lower_case.h"

namespace aml::features {
namespace {

using Json = nlohmann::json;

// "26_alert__flows.sql:7:12: words", and the line with a caret under that place.
Error error_at(const SqlStep& step, std::size_t offset_in_sql, ErrorKind kind,
               const std::string& words) {
  const std::size_t offset = step.sql.offset_in_file(offset_in_sql);
  const TextPlace place = place_of(step.file_text, offset);
  return {kind, fmt::format("{}:{}:{}: {}\n{}", step.file_name, place.line, place.column, words,
                            with_caret(place))};
}

Error error_in(const SqlStep& step, ErrorKind kind, const std::string& words) {
  return {kind, fmt::format("{}: {}", step.file_name, words)};
}

// What DuckDB says of a statement in which the step's SELECT begins at `begin`.
Error located(const SqlStep& step, const SqlError& error, std::size_t begin) {
  const std::size_t place = error.position().value_or(0);
  if (!error.position() || place < begin || place - begin > step.sql.text().size()) {
    return error_in(step, error.kind(), error.what());
  }
  return error_at(step, place - begin, error.kind(), error.what());
}

// Where a second statement begins; where there is none, the first.
std::size_t second_statement(std::string_view sql) {
  bool is_behind = false;
  std::optional<std::size_t> first;
  for (const SqlToken& token : scan_sql(sql)) {
    if (token.kind == SqlToken::Kind::comment) continue;
    const bool is_end = token.depth == 0 && is_token(sql, token, ";");
    if (is_behind && !is_end) return token.begin;
    is_behind = is_behind || is_end;
    if (!first) first = token.begin;
  }
  return first.value_or(0);
}

// Functions whose value is not that of their arguments alone, as DuckDB says, in small letters. But
// error() only ends the statement.
const std::set<std::string>& changing_functions(Connection& connection) {
  static const std::set<std::string> names = [&] {
    std::set<std::string> found = {"current_setting", "getvariable"};
    QueryResult rows = connection.query(
        "SELECT DISTINCT lower(function_name) FROM duckdb_functions() "
        "WHERE stability <> 'CONSISTENT' AND function_name <> 'error'");
    while (const auto chunk = rows.next()) {
      const ColumnView column = chunk->column(0);
      for (std::size_t row = 0; row < chunk->rows(); ++row) found.emplace(column.as_text(row));
    }
    return found;
  }();
  return names;
}

// Walks the parsed statement: every table named; every table function refused that is not known
// to read nothing but its arguments, and whatever gives something else the next time.
class TableFinder {
 public:
  TableFinder(const SqlStep& step, const std::set<std::string>& changing)
      : step_(step), changing_(changing) {}

  void visit(const Json& node) {
    if (node.is_array()) {
      for (const Json& part : node) visit(part);
    }
    if (!node.is_object()) return;
    const std::string type = text(node, "type");
    if (type == "BASE_TABLE") visit_table(node);
    if (type == "TABLE_FUNCTION") visit_function(node);
    if (type == "FUNCTION") visit_call(node, text(node, "function_name"));
    if (type == "COLUMN_REF") visit_column(node);
    if (type == "STAR" || type == "POSITIONAL_REFERENCE" || type == "PIVOT" ||
        text(node, "ref_type") == "NATURAL") {
      reads_.columns.reset();
    }
    if (type == "JOIN") visit_using(node);
    const auto sample = node.find("sample");
    if (sample != node.end() && sample->is_object()) {
      refuse(node, "a sample is another one each time, and a day's features are not");
    }
    if (type == "SHOW_REF") refuse(node, "a feature file reads tables: DESCRIBE and SHOW are none");
    for (const auto& [key, part] : node.items()) visit(part);
  }

  // REQUIRES: visit() has seen the whole statement.
  SelectReads reads() && {
    // A table's name alone is all of its columns.
    const bool has_row = std::any_of(lone_names_.begin(), lone_names_.end(),
                                     [&](const auto& name) { return table_names_.contains(name); });
    if (has_row) reads_.columns.reset();
    return std::move(reads_);
  }

 private:
  static std::string text(const Json& node, const char* key) {
    const auto found = node.find(key);
    return found != node.end() && found->is_string() ? found->get<std::string>() : "";
  }

  // DuckDB reads a file where a table's name looks like one.
  void visit_table(const Json& node) {
    const std::string name = text(node, "table_name");
    const bool is_plain = std::all_of(name.begin(), name.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '_' || c >= 0x80;
    });
    if (!is_plain || !text(node, "schema_name").empty() || !text(node, "catalog_name").empty()) {
      refuse(node, fmt::format("{} is no table of features: those of docs/features.md and of the "
                               "files before can be read, and no other",
                               name));
    }
    reads_.tables.insert(name);
    table_names_.insert(in_lower_case(name));
    table_names_.insert(in_lower_case(text(node, "alias")));
  }

  void visit_using(const Json& node) {
    const auto names = node.find("using_columns");
    if (names == node.end() || !names->is_array()) return;
    for (const Json& name : *names) add_column(name);
  }

  std::string add_column(const Json& name) {
    if (!name.is_string()) return "";
    std::string column = in_lower_case(name.get<std::string>());
    if (reads_.columns) reads_.columns->insert(column);
    return column;
  }

  void visit_function(const Json& node) {
    static const std::set<std::string> allowed = {"range", "generate_series", "unnest"};
    const auto function = node.find("function");
    const std::string name =
        function != node.end() && function->is_object() ? text(*function, "function_name") : "";
    if (allowed.count(name) == 0) {
      refuse(node, fmt::format("the table function {} is not for feature SQL, which reads no files "
                               "and no settings",
                               name));
    }
  }

  void visit_call(const Json& node, const std::string& name) const {
    const auto arguments = node.find("children");
    // age(x) is since today.
    const bool is_since_now = name == "age" && arguments != node.end() && arguments->size() == 1;
    if (changing_.contains(name) || is_since_now) {
      refuse_changing(node, name);
    }
  }

  // DuckDB takes names such as current_date for calls where no column has them.
  void visit_column(const Json& node) {
    const auto names = node.find("column_names");
    if (names == node.end() || !names->is_array()) return;
    std::string name;
    for (const Json& part : *names) name = add_column(part);
    if (names->size() != 1) return;
    lone_names_.insert(name);
    if (name.starts_with("current_") || name.starts_with("localtime")) {
      refuse_changing(node, name);
    }
  }

  [[noreturn]] void refuse_changing(const Json& node, const std::string& what) const {
    refuse(node, what + " gives something else each time, and a day's features do not");
  }

  [[noreturn]] void refuse(const Json& node, const std::string& words) const {
    const auto place = node.find("query_location");
    const std::size_t size = step_.sql.text().size();
    if (place == node.end() || !place->is_number_unsigned() || place->get<std::size_t>() > size) {
      throw error_in(step_, ErrorKind::bad_input, words);
    }
    throw error_at(step_, place->get<std::size_t>(), ErrorKind::bad_input, words);
  }

  const SqlStep& step_;
  const std::set<std::string>& changing_;
  SelectReads reads_;
  std::set<std::string> table_names_;  // and aliases, in small letters
  std::set<std::string> lone_names_;   // columns that no table's name precedes
};

// The parsed statement as DuckDB tells it, in JSON.
Json parse_select(Connection& connection, const SqlStep& step) {
  const std::string& sql = step.sql.text();
  try {
    const bool is_one = connection.count_statements(sql) == 1;
    Json parsed =
        is_one
            ? Json::parse(
                  connection.query_text("json_serialize_sql(" + sql_text(sql) + ")").value_or("{}"))
            : Json::object();
    // DuckDB serializes a SELECT and refuses every other statement.
    if (!parsed.value("error", true)) return std::move(parsed.at("statements"));
  } catch (const SqlError& error) {
    if (error.position()) throw located(step, error, 0);
    throw error_at(step, second_statement(sql), error.kind(), error.what());
  }
  throw error_at(step, second_statement(sql), ErrorKind::bad_input,
                 "a feature file is exactly one SELECT");
}

}  // namespace

std::string_view statement_of(const SqlStep& step) {
  const std::string_view sql = step.sql.text();
  std::size_t end = 0;
  for (const SqlToken& token : scan_sql(sql)) {
    if (token.depth == 0 && is_token(sql, token, ";")) break;
    if (token.kind != SqlToken::Kind::comment) end = token.end;
  }
  return sql.substr(0, end);
}

SelectReads check_select(Connection& connection, const SqlStep& step) {
  if (step.sql.text().find('\0') != std::string::npos) {
    throw error_in(step, ErrorKind::bad_input, "it holds a zero byte, which is no text");
  }
  TableFinder finder(step, changing_functions(connection));
  finder.visit(parse_select(connection, step));
  return std::move(finder).reads();
}

void with_select(const SqlStep& step, const std::string& before, const std::string& behind,
                 const std::function<void(const std::string& sql)>& run) {
  const std::string_view select = statement_of(step);
  try {
    run(fmt::format("{}{}\n{}", before, select, behind));
  } catch (const SqlError& error) {
    throw located(step, error, before.size());
  }
}

void make_table(Connection& connection, const SqlStep& step) {
  with_select(step, fmt::format("CREATE TABLE {} AS (", sql_name(step.table)), ")",
              [&](const std::string& sql) { connection.run(sql); });
}

std::vector<ResultColumn> columns_of(Connection& connection, const SqlStep& step) {
  std::vector<ResultColumn> columns;
  with_select(step, "", "",
              [&](const std::string& sql) { columns = connection.describe_select(sql); });
  return columns;
}

}  // namespace aml::features
