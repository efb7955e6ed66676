#pragma once

#include <string>

#include "base/database.h"
#include "snapshot/parquet_source.h"

namespace aml::snapshot {

class Snapshot;

// The columns of one row of money_flows.parquet, as SQL over the alias r of the file's table. A row
// is one transfer, or all transfers of a pair of addresses.
struct FlowColumns {
  bool is_pairs = false;
  std::string source;        // VARCHAR
  std::string dest;          // VARCHAR
  std::string transfers;     // BIGINT
  std::string amount;        // DECIMAL(18,4), USD, of all transfers of the row
  std::string first_second;  // BIGINT, since 1970
  std::string last_second;
};

// Throws Error{bad_input} that names a column which is missing or of a type that cannot be read.
FlowColumns flow_columns(Connection& connection, const ParquetSource& source);

// Whether a row is a pair of addresses.
bool has_pairs(const ParquetSource& source);
// Whether the snapshot has transfers with their times, which can be cut. Throws as
// Snapshot::source.
bool has_transfers_by_time(Snapshot& snapshot);
// The columns that the file should have in its form.
const std::vector<Column>& flow_schema(const ParquetSource& source);

}  // namespace aml::snapshot
