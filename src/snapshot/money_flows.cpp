#include "snapshot/money_flows.h"

#include <vector>

#include "snapshot/snapshot.h"

namespace aml::snapshot {

bool has_pairs(const ParquetSource& source) {
  return source.has("tx_count") || source.has("amount_usd_sum");
}

bool has_transfers_by_time(Snapshot& snapshot) {
  return snapshot.has(File::money_flows) && !has_pairs(snapshot.source(File::money_flows));
}

const std::vector<Column>& flow_schema(const ParquetSource& source) {
  return has_pairs(source) ? pair_columns() : transfer_columns();
}

FlowColumns flow_columns(Connection& connection, const ParquetSource& source) {
  std::vector<std::string> sql;
  for (const Column& column : flow_schema(source)) {
    sql.push_back(source.expression(connection, column));
  }
  if (has_pairs(source)) return {true, sql[0], sql[1], sql[2], sql[3], sql[4], sql[5]};
  return {false, sql[0], sql[1], "CAST(1 AS BIGINT)", sql[2], sql[3], sql[3]};
}

}  // namespace aml::snapshot
