#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

// What the load step says in SQL that DuckDB and Spark spell differently: one definition of each,
// in both spellings. What both read alike stands where it is used. Both give the same bits
// (tests/spark); Spark runs with spark.sql.ansi.enabled.
namespace aml::snapshot {

enum class Engine { duckdb, spark };

// The name of DuckDB's type `type` in the engine's SQL.
std::string type_name(Engine engine, std::string_view type);

// A select item that makes a row of each element of a list; none of an empty one and of NULL.
std::string exploded(Engine engine, const std::string& list);
// The element at `index` from 0; NULL where there is none.
std::string element(Engine engine, const std::string& list, int index);
// A list of text with one element more; NULL counts as an empty one. DuckDB's is kClusterMembers.
std::string appended_in_spark(const std::string& list, const std::string& value);

// The first second of a day, since 1970.
std::string first_second(Engine engine, const std::string& day);
std::string epoch_milliseconds(Engine engine, const std::string& timestamp);
// So many days after 1970-01-01, of an expression of type INTEGER.
std::string day_of(Engine engine, const std::string& days);
// YYYY-MM-DD at the text's beginning as a day; NULL where there is none.
std::string text_as_day(Engine engine, const std::string& text);

// A whole number of up to 38 digits, and a number that no other row of a SELECT has. Spark gives
// the latter anew each time that the rows are made.
std::string wide(Engine engine, const std::string& sql);
std::string some_number(Engine engine);

// A quotient of whole numbers, without its fraction.
std::string divided(Engine engine, const std::string& part, const std::string& whole);
// The text's number, finite and no negative zero; NULL where it is none.
std::string text_as_number(Engine engine, const std::string& text);
// The same of a FLOAT or DOUBLE.
std::string finite_float(Engine engine, const std::string& name);
// DECIMAL(width,scale) as a double: the unscaled number rounded to a double, then divided.
std::string decimal_as_double(Engine engine, const std::string& name, int width, int scale);
// A double as DECIMAL(width,scale), rounded half away from zero once it is multiplied by 10^scale.
// REQUIRES: the scaled value is within ±1e21
std::string double_as_decimal(Engine engine, const std::string& sql, int width, int scale);

// JSON text or a list as a list of that element type of DuckDB; NULL where it cannot be read.
std::string json_as_list(Engine engine, const std::string& text, std::string_view element_type);
std::string list_as_list(Engine engine, const std::string& list, std::string_view element_type);
// The text where it is JSON, else NULL.
std::string valid_json(Engine engine, const std::string& text);
// Members of a JSON object: a list of their texts, in the order of the names; and how many elements
// one has as an array (0 where it is none). NULL where there is no such member.
std::string json_members(Engine engine, const std::string& json,
                         std::initializer_list<const char*> names);
std::string json_member_length(Engine engine, const std::string& json, const std::string& name);

// SELECT of `columns` ("a, b") from the rows of `table` that come first in their window ("PARTITION
// BY … ORDER BY …", over the alias t).
std::string first_rows(const std::string& columns, const std::string& table,
                       const std::string& window);

}  // namespace aml::snapshot
