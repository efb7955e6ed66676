#include "snapshot/sql_dialect.h"

#include <fmt/format.h>

namespace aml::snapshot {
namespace {

bool is_spark(Engine engine) { return engine == Engine::spark; }

constexpr int kExactDigits = 15;  // of a decimal, which a double always tells apart

}  // namespace

std::string type_name(Engine engine, std::string_view type) {
  if (!is_spark(engine)) return std::string(type);
  if (type == "VARCHAR") return "STRING";
  if (type == "HUGEINT") return "DECIMAL(38,0)";
  if (type == "VARCHAR[]") return "ARRAY<STRING>";
  if (type == "DOUBLE[]") return "ARRAY<DOUBLE>";
  return std::string(type);
}

std::string exploded(Engine engine, const std::string& list) {
  return fmt::format("{}({})", is_spark(engine) ? "explode" : "unnest", list);
}

std::string element(Engine engine, const std::string& list, int index) {
  return is_spark(engine) ? fmt::format("get({}, {})", list, index)
                          : fmt::format("{}[{}]", list, index + 1);
}

std::string appended_in_spark(const std::string& list, const std::string& value) {
  return fmt::format("array_append(coalesce({}, CAST(array() AS ARRAY<STRING>)), {})", list, value);
}

std::string first_second(Engine engine, const std::string& day) {
  return is_spark(engine) ? fmt::format("CAST(unix_date({}) AS BIGINT) * 86400", day)
                          : fmt::format("CAST(epoch({}) AS BIGINT)", day);
}

std::string epoch_milliseconds(Engine engine, const std::string& timestamp) {
  return is_spark(engine) ? fmt::format("unix_millis(CAST({} AS TIMESTAMP))", timestamp)
                          : fmt::format("epoch_ms({})", timestamp);
}

std::string day_of(Engine engine, const std::string& days) {
  return is_spark(engine) ? fmt::format("date_add(DATE '1970-01-01', {})", days)
                          : fmt::format("DATE '1970-01-01' + {}", days);
}

std::string text_as_day(Engine engine, const std::string& text) {
  if (!is_spark(engine)) {
    return fmt::format("TRY_CAST(left(CAST({} AS VARCHAR), 10) AS DATE)", text);
  }
  // Spark takes a year alone for its first day.
  return fmt::format(
      "CASE WHEN CAST({0} AS STRING) RLIKE '^[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}' THEN "
      "TRY_CAST(left(CAST({0} AS STRING), 10) AS DATE) END",
      text);
}

std::string wide(Engine engine, const std::string& sql) {
  return fmt::format("CAST({} AS {})", sql, type_name(engine, "HUGEINT"));
}

std::string some_number(Engine engine) {
  return is_spark(engine) ? "monotonically_increasing_id()" : "row_number() OVER ()";
}

std::string divided(Engine engine, const std::string& part, const std::string& whole) {
  return fmt::format("{} {} {}", part, is_spark(engine) ? "div" : "//", whole);
}

std::string text_as_number(Engine engine, const std::string& text) {
  if (!is_spark(engine)) {
    return fmt::format(
        "CASE WHEN isfinite(TRY_CAST({0} AS DOUBLE)) THEN TRY_CAST({0} AS DOUBLE) + 0.0e0 END",
        text);
  }
  // Java's numbers may end in d and f.
  return fmt::format(
      "CASE WHEN {0} RLIKE '^ *[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)? *$' AND "
      "abs(TRY_CAST({0} AS DOUBLE)) < CAST('Infinity' AS DOUBLE) THEN TRY_CAST({0} AS DOUBLE) + "
      "0.0e0 END",
      text);
}

std::string finite_float(Engine engine, const std::string& name) {
  // To Spark NaN is more than all numbers.
  const std::string condition =
      is_spark(engine) ? fmt::format("abs(CAST({} AS DOUBLE)) < CAST('Infinity' AS DOUBLE)", name)
                       : fmt::format("isfinite({})", name);
  return fmt::format("CASE WHEN {} THEN CAST({} AS DOUBLE) + 0.0e0 END", condition, name);
}

std::string decimal_as_double(Engine engine, const std::string& name, int width, int scale) {
  if (!is_spark(engine)) return fmt::format("decimal_to_double({})", name);
  if (width <= kExactDigits || scale == 0) return fmt::format("CAST({} AS DOUBLE)", name);
  // Spark would round the quotient alone.
  return fmt::format("CAST(replace(CAST({} AS STRING), '.', '') AS DOUBLE) / 1.0e{}", name, scale);
}

std::string double_as_decimal(Engine engine, const std::string& sql, int width, int scale) {
  if (!is_spark(engine)) return fmt::format("CAST({} AS DECIMAL({},{}))", sql, width, scale);
  // Spark would round the shortest decimal that means this double.
  const std::string whole = fmt::format("round(({}) * 1.0e{})", sql, scale);
  const std::string unit = fmt::format("CAST('1e-{0}' AS DECIMAL({0},{0}))", scale);
  if (width <= 18) {
    return fmt::format("CAST(CAST({} AS BIGINT) * {} AS DECIMAL({},{}))", whole, unit, width,
                       scale);
  }
  // In two halves, because a BIGINT does not hold it.
  const std::string high = fmt::format("CAST({} / 4294967296.0e0 AS BIGINT)", whole);
  return fmt::format(
      "CAST((CAST({0} AS DECIMAL(12,0)) * CAST(4294967296 AS DECIMAL(10,0)) + CAST(CAST({1} - "
      "CAST({0} AS DOUBLE) * 4294967296.0e0 AS BIGINT) AS DECIMAL(10,0))) * {2} AS "
      "DECIMAL({3},{4}))",
      high, whole, unit, width, scale);
}

std::string json_as_list(Engine engine, const std::string& text, std::string_view element_type) {
  if (is_spark(engine)) {
    return fmt::format("from_json({}, 'array<{}>')", text,
                       element_type == "DOUBLE" ? "double" : "string");
  }
  // JSON has escapes that DuckDB's own notation of lists has not.
  return fmt::format(
      "CASE WHEN json_valid({0}) THEN TRY(CAST(CAST({0} AS JSON) AS {1}[])) ELSE TRY_CAST({0} AS "
      "{1}[]) END",
      text, element_type);
}

std::string list_as_list(Engine engine, const std::string& list, std::string_view element_type) {
  return fmt::format("TRY_CAST({} AS {})", list,
                     type_name(engine, fmt::format("{}[]", element_type)));
}

std::string valid_json(Engine engine, const std::string& text) {
  return is_spark(engine)
             ? fmt::format("CASE WHEN get_json_object({0}, '$') IS NOT NULL THEN {0} END", text)
             : fmt::format("CASE WHEN json_valid({0}) THEN {0} END", text);
}

std::string json_members(Engine engine, const std::string& json,
                         std::initializer_list<const char*> names) {
  std::string list;
  for (const char* name : names) {
    list += list.empty() ? "" : ", ";
    list += is_spark(engine) ? fmt::format("get_json_object({}, '$.{}')", json, name)
                             : fmt::format("'$.{}'", name);
  }
  return is_spark(engine) ? fmt::format("array({})", list)
                          : fmt::format("json_extract_string({}, [{}])", json, list);
}

std::string json_member_length(Engine engine, const std::string& json, const std::string& name) {
  if (!is_spark(engine)) return fmt::format("json_array_length({}, '$.{}')", json, name);
  return fmt::format(
      "CASE WHEN get_json_object({0}, '$.{1}') IS NOT NULL THEN "
      "coalesce(json_array_length(get_json_object({0}, '$.{1}')), 0) END",
      json, name);
}

std::string first_rows(const std::string& columns, const std::string& table,
                       const std::string& window) {
  return fmt::format(
      "SELECT {} FROM (SELECT t.*, row_number() OVER ({}) AS place FROM {} t) p WHERE p.place = 1",
      columns, window, table);
}

}  // namespace aml::snapshot
