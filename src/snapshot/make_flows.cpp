#include <fmt/format.h>

#include "snapshot/money_flows.h"
#include "snapshot/snapshot.h"
#include "snapshot/tables.h"

namespace aml::snapshot {

namespace {

// One side of every flow: the subject pays (its address is `own`) or is paid.
std::string one_side(const FlowColumns& flow, const std::string& table, bool is_incoming) {
  // A row without times lies within any window where it stands for a pair, else within none.
  const char* unbounded = flow.is_pairs ? "true" : "false";
  const std::string single =
      flow.is_pairs ? fmt::format("CASE WHEN {} = 1 THEN {} END", flow.transfers, flow.amount)
                    : flow.amount;
  return fmt::format(
      "SELECT s.subject_id, CAST({3} AS BIGINT) AS is_incoming, {4} AS counterparty, "
      "{5} AS transfers, {6} AS amount_usd, {7} AS single_amount_usd, {1} AS first_second, "
      "{0} AS last_second FROM {8} r JOIN subjects s ON s.address = {9} "
      // Windows end with their processing date's last second, because producers differ in whether
      // that day itself belongs to the window.
      "WHERE coalesce({0} >= s.window_start_second AND {1} < s.window_end_second, {2})",
      flow.last_second, flow.first_second, unbounded, is_incoming ? 1 : 0,
      is_incoming ? flow.source : flow.dest, flow.transfers, flow.amount, single, table,
      is_incoming ? flow.dest : flow.source);
}

void make_empty(Connection& connection) {
  connection.run(
      "CREATE TABLE flows (subject_id BIGINT, is_incoming BIGINT, counterparty VARCHAR, "
      "transfers BIGINT, amount_usd DECIMAL(18,4), single_amount_usd DECIMAL(18,4), "
      "first_second BIGINT, last_second BIGINT)");
}

}  // namespace

void make_flows(Snapshot& snapshot) {
  Connection& connection = snapshot.connection();
  Findings& findings = snapshot.findings();
  if (!snapshot.has(File::money_flows)) {
    make_empty(connection);
    findings.warnings.push_back(
        fmt::format("{} is missing: features of money flows are empty", sot::kMoneyFlowsFile));
    return;
  }
  const ParquetSource& source = snapshot.source(File::money_flows);
  findings.input_rows["money_flows"] = source.rows();
  const FlowColumns flow = flow_columns(connection, source);
  source.run(connection, fmt::format("CREATE TABLE flows AS {} UNION ALL {}",
                                     one_side(flow, source.table(), false),
                                     one_side(flow, source.table(), true)));
  if (source.rows() > 0 && connection.query_int("SELECT count(*) FROM subjects") > 0 &&
      connection.query_int("SELECT count(*) FROM flows") == 0) {
    findings.warnings.push_back(fmt::format(
        "{}: no transfer from or to an alerted address lies within its window; features of money "
        "flows are empty",
        source.file_name()));
  }
}

}  // namespace aml::snapshot
