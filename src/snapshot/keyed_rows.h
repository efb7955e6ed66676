#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/database.h"
#include "snapshot/parquet_source.h"

// The one rule by which one of several rows of a key counts. Whoever reads a snapshot reads these
// rows.
namespace aml::snapshot {

// How rows are told apart, and which of those with one key counts.
struct KeyRule {
  std::string key;                       // "alert_id"
  std::optional<std::int64_t> window{};  // rows of this window come first; nothing: window is no
                                         // matter
  const std::vector<Column>* columns = nullptr;  // all that the rows have
};

// "PARTITION BY … ORDER BY …" over the alias t, whose first row counts: the snapshot's window
// before others, then the highest _version, then the smallest content, column by column, so that
// the choice never depends on the order of the rows.
std::string precedence(const KeyRule& rule);

// The value, as text, that most rows of the file have; of equally frequent ones the largest.
// Nothing for a file without values.
std::optional<std::string> most_frequent(Connection& connection, const ParquetSource& source,
                                         const Column& column);

// SELECT of `wanted` from the rows of `source` that count; of one key, where `value` names one.
// A condition on anything but the key must stand outside, since it may hold for a row that does not
// count.
std::string select_kept(Connection& connection, const ParquetSource& source, const KeyRule& rule,
                        const std::vector<Column>& wanted,
                        const std::optional<std::string>& value = std::nullopt);

// Replaces `table`, which holds all columns of the rule, by the rows that count. Returns how many
// were left out.
std::int64_t keep_counting_rows(Connection& connection, const std::string& table,
                                const KeyRule& rule);

}  // namespace aml::snapshot
