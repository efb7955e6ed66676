#pragma once

#include <string>
#include <string_view>
#include <vector>

// The columns that the load step takes from a snapshot's Parquet files, whatever flavour wrote them
// (the shared document "The source of truth" lists them; docs/features.md says how each kind is
// read).
namespace aml::snapshot {

// What a column holds once it is loaded, by meaning and not by physical type.
enum class Kind {
  text,         // VARCHAR
  day,          // DATE, from a date, a timestamp, text YYYY-MM-DD or days since 1970
  count,        // BIGINT within ±2^53, so that a double holds it exactly
  number,       // DOUBLE, finite, no negative zero; NaN and infinity become NULL
  money,        // DECIMAL(22,6) within ±1e15 USD
  amount,       // DECIMAL(18,4) within ±1e11 USD: one transfer, squared without overflow
  flag,         // BIGINT 0 or 1
  second,       // BIGINT, seconds since 1970, from milliseconds or a timestamp
  instant,      // BIGINT, the number that stands there, or milliseconds since 1970 of a timestamp
  version,      // HUGEINT: the highest of several rows of one key wins
  text_list,    // VARCHAR[], from a list or JSON text
  number_list,  // DOUBLE[], from a list or JSON text
  json,         // VARCHAR holding JSON
};

struct Column {
  std::string name;
  Kind kind = Kind::text;
  bool is_required = false;            // missing: Error{bad_input}; otherwise NULL
  std::vector<std::string> aliases{};  // names that other producers give it
};

const std::vector<Column>& alert_columns();
const std::vector<Column>& feature_columns();
const std::vector<Column>& cluster_columns();
const std::vector<Column>& transfer_columns();  // money_flows with one row per transfer
const std::vector<Column>& pair_columns();      // money_flows with one row per pair of addresses

// REQUIRES: `columns` has one of that name
const Column& column_named(const std::vector<Column>& columns, std::string_view name);

// Words for an error message: "text", "a whole number", …
std::string description_of(Kind kind);

}  // namespace aml::snapshot
