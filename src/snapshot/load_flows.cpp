#include "snapshot/load_flows.h"

#include <fmt/format.h>

#include "base/files.h"
#include "snapshot/parquet_source.h"

namespace aml::snapshot {
namespace {

// The columns of one row of money_flows, as SQL over the alias r.
struct FlowExpressions {
  std::string source;
  std::string dest;
  std::string transfers;
  std::string amount;
  std::string single_amount;  // NULL where the row stands for several transfers
  std::string first;
  std::string last;
  std::string unbounded;  // what a row without times counts as: "true" lies within any window
};

FlowExpressions flow_expressions(Connection& connection, const ParquetSource& source) {
  const bool is_pairs = source.has("tx_count") || source.has("amount_usd_sum");
  const std::vector<Column>& columns = is_pairs ? pair_columns() : transfer_columns();
  std::vector<std::string> sql;
  sql.reserve(columns.size());
  for (const Column& column : columns) {
    sql.push_back(source.expression(connection, column));
  }
  if (!is_pairs) {
    return {sql[0], sql[1], "CAST(1 AS BIGINT)", sql[2], sql[2], sql[3], sql[3], "false"};
  }
  return {
      sql[0], sql[1], sql[2], sql[3], fmt::format("CASE WHEN {} = 1 THEN {} END", sql[2], sql[3]),
      sql[4], sql[5], "true"};
}

// One side of every flow: the subject pays (its address is `own`) or is paid.
std::string one_side(const FlowExpressions& flow, const std::string& table, bool is_incoming) {
  return fmt::format(
      "SELECT s.subject_id, CAST({3} AS BIGINT) AS is_incoming, {4} AS counterparty, "
      "{5} AS transfers, {6} AS amount_usd, {7} AS single_amount_usd, {1} AS first_second, "
      "{0} AS last_second FROM {8} r JOIN subjects s ON s.address = {9} "
      // Windows end with their processing date's last second, because producers differ in whether
      // that day itself belongs to the window.
      "WHERE coalesce({0} >= s.window_start_second AND {1} < s.window_end_second, {2})",
      flow.last, flow.first, flow.unbounded, is_incoming ? 1 : 0,
      is_incoming ? flow.source : flow.dest, flow.transfers, flow.amount, flow.single_amount, table,
      is_incoming ? flow.dest : flow.source);
}

void make_empty(Connection& connection) {
  connection.run(
      "CREATE TABLE flows (subject_id BIGINT, is_incoming BIGINT, counterparty VARCHAR, "
      "transfers BIGINT, amount_usd DECIMAL(18,4), single_amount_usd DECIMAL(18,4), "
      "first_second BIGINT, last_second BIGINT)");
}

}  // namespace

void load_flows(Connection& connection, const std::filesystem::path& path,
                LoadedSnapshot& snapshot) {
  if (!file_size_if_exists(path)) {
    make_empty(connection);
    snapshot.warnings.push_back(
        fmt::format("{} is missing: features of money flows are empty", path.filename().string()));
    return;
  }
  const ParquetSource source(connection, path);
  snapshot.input_rows["money_flows"] = source.rows();
  const FlowExpressions flow = flow_expressions(connection, source);
  source.run(connection, fmt::format("CREATE TABLE flows AS {} UNION ALL {}",
                                     one_side(flow, source.table(), false),
                                     one_side(flow, source.table(), true)));
  if (snapshot.network.empty() && source.has("network")) {
    const Column network{"network", Kind::text};
    snapshot.network =
        connection
            .query_text(fmt::format("SELECT min({}) FROM {} r",
                                    source.expression(connection, network), source.table()))
            .value_or("");
  }
  if (source.rows() > 0 && connection.query_int("SELECT count(*) FROM subjects") > 0 &&
      connection.query_int("SELECT count(*) FROM flows") == 0) {
    snapshot.warnings.push_back(fmt::format(
        "{}: no transfer from or to an alerted address lies within its window; features of money "
        "flows are empty",
        source.file_name()));
  }
}

}  // namespace aml::snapshot
