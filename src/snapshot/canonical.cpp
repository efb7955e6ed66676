#include "snapshot/canonical.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

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

// Width and scale of DECIMAL(width,scale).
std::pair<int, int> digits_of(std::string_view type) {
  int width = 0;
  int scale = 0;
  std::from_chars(type.data() + type.find('(') + 1, type.data() + type.size(), width);
  std::from_chars(type.data() + type.find(',') + 1, type.data() + type.size(), scale);
  return {width, scale};
}

// Finite or NULL, and no negative zero: min and max must not depend on which zero came first.
std::string finite(Engine engine, std::string_view type, const std::string& name) {
  if (is_float(type)) return finite_float(engine, name);
  if (is_decimal(type)) {
    const auto [width, scale] = digits_of(type);
    return decimal_as_double(engine, name, width, scale);
  }
  return fmt::format("CAST({} AS DOUBLE)", name);
}

// NULL for NULL, which least and greatest pass over.
std::string clamped(const std::string& sql, std::string_view bound) {
  return fmt::format("CASE WHEN {0} IS NOT NULL THEN least(greatest({0}, -{1}), {1}) END", sql,
                     bound);
}

// Integers above 2^53 would not survive as doubles; such counts are overflows of their producer.
std::string count(Engine engine, std::string_view type, const std::string& name) {
  constexpr std::string_view kBound = "9007199254740992";
  if (type == "BOOLEAN") {
    return fmt::format("CAST({} AS BIGINT)", name);
  }
  if (is_integer(type)) {
    return fmt::format("CAST({} AS BIGINT)", clamped(name, kBound));
  }
  return fmt::format("CAST(round({}) AS BIGINT)", clamped(finite(engine, type, name), kBound));
}

// Through double, because DuckDB divides 128-bit decimals bit by bit: 2.4 µs for a cast to fewer
// digits. A double tells 1e-4 USD apart up to 1e11 USD, and 1e-6 up to 1e9.
std::string money(Engine engine, std::string_view type, const std::string& name,
                  std::string_view bound, std::string_view target) {
  const auto [width, scale] = digits_of(target);
  return double_as_decimal(engine, clamped(finite(engine, type, name), bound), width, scale);
}

std::string day(Engine engine, std::string_view type, const std::string& name) {
  if (is_text(type)) return text_as_day(engine, name);
  if (is_integer(type)) {
    return day_of(engine, fmt::format("CAST({} AS INTEGER)", clamped(name, "1000000")));
  }
  return fmt::format("CAST({} AS DATE)", name);
}

std::string instant(Engine engine, std::string_view type, const std::string& name) {
  return is_timestamp(type) ? epoch_milliseconds(engine, name) : count(engine, type, name);
}

std::string second(Engine engine, std::string_view type, const std::string& name) {
  return fmt::format("CAST({} AS BIGINT)", divided(engine, instant(engine, type, name), "1000"));
}

std::string list(Engine engine, std::string_view type, const std::string& name,
                 std::string_view element_type) {
  return is_list(type) ? list_as_list(engine, name, element_type)
                       : json_as_list(engine, name, element_type);
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
                                                const std::string& name, Engine engine) {
  const auto only_if = [](bool possible, std::string sql) -> std::optional<std::string> {
    return possible ? std::optional(std::move(sql)) : std::nullopt;
  };
  const std::string_view type = found_type;
  const std::string as_text = fmt::format("CAST({} AS {})", name, type_name(engine, "VARCHAR"));
  switch (kind) {
    case Kind::text:
      return only_if(is_text(type), as_text);
    case Kind::day:
      return only_if(type == "DATE" || is_timestamp(type) || is_text(type) || is_integer(type),
                     day(engine, type, name));
    case Kind::count:
      return only_if(is_number(type), count(engine, type, name));
    case Kind::number:
      return only_if(is_number(type), finite(engine, type, name));
    case Kind::money:
      return only_if(is_number(type), money(engine, type, name, "1e15", canonical_type(kind)));
    case Kind::amount:
      return only_if(is_number(type), money(engine, type, name, "1e11", canonical_type(kind)));
    case Kind::flag:
      return only_if(is_number(type),
                     fmt::format("CAST({} <> 0 AS BIGINT)", count(engine, type, name)));
    case Kind::second:
      return only_if(is_number(type) || is_timestamp(type), second(engine, type, name));
    case Kind::instant:
      return only_if(is_number(type) || is_timestamp(type), instant(engine, type, name));
    case Kind::version:
      return only_if(is_number(type),
                     fmt::format("TRY_CAST({} AS {})", name, type_name(engine, "HUGEINT")));
    case Kind::text_list:
      return only_if(is_list(type) || is_text(type), list(engine, type, name, "VARCHAR"));
    case Kind::number_list:
      return only_if(is_list(type) || is_text(type), list(engine, type, name, "DOUBLE"));
    case Kind::json:
      return only_if(true, is_text(type) ? as_text
                                         : fmt::format("CAST(to_json({}) AS {})", name,
                                                       type_name(engine, "VARCHAR")));
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
