#include "snapshot/canonical.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace aml::snapshot {
namespace {

bool is_one_of(std::string_view type, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), type) != names.end();
}

bool is_text(std::string_view type) {
  return is_one_of(type, {"VARCHAR", "JSON", "UUID"}) || type.starts_with("ENUM");
}

bool is_integer(std::string_view type) {
  return is_one_of(type, {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT",
                          "USMALLINT", "UINTEGER", "UBIGINT"});
}

bool is_float(std::string_view type) { return type == "FLOAT" || type == "DOUBLE"; }

bool is_decimal(std::string_view type) {
  return type.starts_with("DECIMAL") && !type.ends_with(']');
}

bool is_number(std::string_view type) {
  return is_integer(type) || is_float(type) || is_decimal(type) || type == "BOOLEAN";
}

bool is_list(std::string_view type) { return type.ends_with(']'); }

bool is_timestamp(std::string_view type) {
  return type.starts_with("TIMESTAMP") && !type.ends_with(']');
}

// Finite or NULL, and no negative zero: min and max must not depend on which zero came first.
std::string finite(std::string_view type, const std::string& name) {
  if (is_float(type)) {
    return fmt::format("CASE WHEN isfinite({0}) THEN CAST({0} AS DOUBLE) + 0.0e0 END", name);
  }
  if (is_decimal(type)) {
    return fmt::format("decimal_to_double({})", name);
  }
  return fmt::format("CAST({} AS DOUBLE)", name);
}

// NULL for NULL, which least and greatest pass over.
std::string clamped(const std::string& sql, std::string_view bound) {
  return fmt::format("CASE WHEN {0} IS NOT NULL THEN least(greatest({0}, -{1}), {1}) END", sql,
                     bound);
}

// Integers above 2^53 would not survive as doubles; such counts are overflows of their producer.
std::string count(std::string_view type, const std::string& name) {
  constexpr std::string_view kBound = "9007199254740992";
  if (type == "BOOLEAN") {
    return fmt::format("CAST({} AS BIGINT)", name);
  }
  if (is_integer(type)) {
    return fmt::format("CAST({} AS BIGINT)", clamped(name, kBound));
  }
  return fmt::format("CAST(round({}) AS BIGINT)", clamped(finite(type, name), kBound));
}

// Through double, because DuckDB divides 128-bit decimals bit by bit: 2.4 µs for a cast to fewer
// digits. A double tells 1e-4 USD apart up to 1e11 USD, and 1e-6 up to 1e9.
std::string money(std::string_view type, const std::string& name, std::string_view bound,
                  const std::string& target) {
  return fmt::format("CAST({} AS {})", clamped(finite(type, name), bound), target);
}

std::string day(std::string_view type, const std::string& name) {
  if (is_text(type)) {
    return fmt::format("TRY_CAST(left(CAST({} AS VARCHAR), 10) AS DATE)", name);
  }
  if (is_integer(type)) {
    return fmt::format("DATE '1970-01-01' + CAST({} AS INTEGER)", clamped(name, "1000000"));
  }
  return fmt::format("CAST({} AS DATE)", name);
}

std::string instant(std::string_view type, const std::string& name) {
  return is_timestamp(type) ? fmt::format("epoch_ms({})", name) : count(type, name);
}

std::string second(std::string_view type, const std::string& name) {
  return fmt::format("CAST({} // 1000 AS BIGINT)", instant(type, name));
}

// JSON has escapes that DuckDB's own notation of lists has not.
std::string list(std::string_view type, const std::string& name, const std::string& target) {
  std::string sql = fmt::format("TRY_CAST({} AS {})", name, target);
  if (is_list(type)) return sql;
  return fmt::format(
      "CASE WHEN json_valid({0}) THEN TRY(CAST(CAST({0} AS JSON) AS {1})) ELSE {2} END", name,
      target, sql);
}

}  // namespace

std::string canonical_type(Kind kind) {
  switch (kind) {
    case Kind::text:
    case Kind::json:
      return "VARCHAR";
    case Kind::day:
      return "DATE";
    case Kind::count:
    case Kind::flag:
    case Kind::second:
    case Kind::instant:
      return "BIGINT";
    case Kind::number:
      return "DOUBLE";
    case Kind::money:
      return "DECIMAL(22,6)";
    case Kind::amount:
      return "DECIMAL(18,4)";
    case Kind::version:
      return "HUGEINT";
    case Kind::text_list:
      return "VARCHAR[]";
    case Kind::number_list:
      return "DOUBLE[]";
  }
  return "";
}

std::optional<std::string> canonical_expression(Kind kind, std::string_view found_type,
                                                const std::string& name) {
  const auto only_if = [](bool possible, std::string sql) -> std::optional<std::string> {
    return possible ? std::optional(std::move(sql)) : std::nullopt;
  };
  const std::string_view type = found_type;
  switch (kind) {
    case Kind::text:
      return only_if(is_text(type), fmt::format("CAST({} AS VARCHAR)", name));
    case Kind::day:
      return only_if(type == "DATE" || is_timestamp(type) || is_text(type) || is_integer(type),
                     day(type, name));
    case Kind::count:
      return only_if(is_number(type), count(type, name));
    case Kind::number:
      return only_if(is_number(type), finite(type, name));
    case Kind::money:
      return only_if(is_number(type), money(type, name, "1e15", canonical_type(kind)));
    case Kind::amount:
      return only_if(is_number(type), money(type, name, "1e11", canonical_type(kind)));
    case Kind::flag:
      return only_if(is_number(type), fmt::format("CAST({} <> 0 AS BIGINT)", count(type, name)));
    case Kind::second:
      return only_if(is_number(type) || is_timestamp(type), second(type, name));
    case Kind::instant:
      return only_if(is_number(type) || is_timestamp(type), instant(type, name));
    case Kind::version:
      return only_if(is_number(type), fmt::format("TRY_CAST({} AS HUGEINT)", name));
    case Kind::text_list:
    case Kind::number_list:
      return only_if(is_list(type) || is_text(type), list(type, name, canonical_type(kind)));
    case Kind::json:
      return only_if(true, is_text(type) ? fmt::format("CAST({} AS VARCHAR)", name)
                                         : fmt::format("CAST(to_json({}) AS VARCHAR)", name));
  }
  return std::nullopt;
}

std::optional<std::string> holds_expression(Kind kind, std::string_view found_type,
                                            const std::string& name) {
  const bool may_fail = kind == Kind::text_list || kind == Kind::number_list || kind == Kind::json;
  if (!may_fail) return std::nullopt;
  if (is_text(found_type)) {
    return fmt::format("coalesce(lower(trim({})) NOT IN ('', 'null'), false)", name);
  }
  if (is_list(found_type)) return fmt::format("coalesce(len({0}) > 0, false)", name);
  return std::nullopt;
}

}  // namespace aml::snapshot
