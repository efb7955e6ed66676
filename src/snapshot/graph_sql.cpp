// The tables that all families stand on: transfers of each window between numbers of addresses, and
// what features.parquet says of these.
#include "snapshot/graph_sql.h"

#include <fmt/format.h>

#include <map>
#include <string_view>

#include "flows/facts.h"
#include "snapshot/address_facts.h"
#include "snapshot/day_flows.h"
#include "snapshot/exposure_sql.h"
#include "snapshot/facts_sql.h"
#include "snapshot/flow_slices.h"
#include "snapshot/load_sql.h"
#include "snapshot/money_flows.h"
#include "snapshot/neighbors_sql.h"
#include "snapshot/snapshot.h"

namespace aml::snapshot {

namespace {

// Windows as DayFlows takes them.
std::string select_windows() {
  return fmt::format(
      "SELECT p.w, p.window_days, p.processing_date, p.window_start_second, p.window_end_second "
      "FROM (SELECT CAST(row_number() OVER (ORDER BY g.subjects DESC, g.window_days ASC, "
      "g.processing_date ASC) AS BIGINT) AS w, g.window_days, g.processing_date, "
      "g.window_start_second, g.window_end_second FROM (SELECT s.window_days, s.processing_date, "
      "s.window_start_second, s.window_end_second, count(*) AS subjects FROM subjects s GROUP BY "
      "s.window_days, s.processing_date, s.window_start_second, s.window_end_second) g) p WHERE "
      "p.w <= {}",
      kMostFlowWindows);
}

// flows::load_rules_sql() over the file, in whole numbers.
std::string select_transfers(Snapshot& snapshot, Engine engine) {
  const ParquetSource& source = snapshot.source(File::money_flows);
  const auto column = [&](std::size_t index, Kind kind) {
    Column one = transfer_columns()[index];
    one.kind = kind;
    return read_column(snapshot.connection(), source, one, engine);
  };
  const std::string second = fmt::format("CASE WHEN u.time >= 100000000000 THEN {} ELSE u.time END",
                                         divided(engine, "u.time", "1000"));
  return fmt::format(
      "SELECT t.source, t.dest, t.second, CASE WHEN t.amount > 0 THEN least(CAST(CAST(t.amount AS "
      "DECIMAL(28,4)) * {} AS BIGINT), {}) END AS amount FROM (SELECT u.source, u.dest, u.amount, "
      "CAST({} AS BIGINT) AS "
      "second FROM (SELECT {} AS source, {} AS dest, {} AS amount, {} AS time FROM (SELECT "
      "DISTINCT r.* FROM {} r) r) u) t WHERE t.source <> '' AND t.dest <> '' AND t.source <> "
      "t.dest AND coalesce(t.amount, 0) >= 0 AND t.second BETWEEN 1 AND 4294967295",
      flows::kUnitsPerUsd, flows::kLargestAmount, second, column(0, Kind::text),
      column(1, Kind::text), column(2, Kind::amount), column(3, Kind::instant),
      file_table(source, engine, "money_flows_file"));
}

std::string select_addresses(Engine engine) {
  return fmt::format(
      "SELECT a.address, {} AS id FROM (SELECT source AS address FROM graph_transfers UNION SELECT "
      "dest AS address FROM graph_transfers) a",
      some_number(engine));
}

constexpr const char* kEdges =
    "SELECT w.w, p.id AS payer, q.id AS payee, t.second, t.amount FROM graph_transfers t JOIN "
    "graph_addresses p ON p.address = t.source JOIN graph_addresses q ON q.address = t.dest JOIN "
    "graph_windows w ON t.second >= w.window_start_second AND t.second < w.window_end_second";

std::string select_pairs(Engine engine) {
  return fmt::format(
      "SELECT e.w, e.payer, e.payee, CAST(count(*) AS BIGINT) AS transfers, {} AS amount FROM "
      "graph_edges e GROUP BY e.w, e.payer, e.payee",
      wide(engine, "sum(" + wide(engine, "e.amount") + ")"));
}

// Those that have transfers in their window.
std::string select_subjects_of_graph() {
  return fmt::format(
      "SELECT w.w, s.subject_id, a.id AS address FROM subjects s JOIN graph_windows w ON "
      "w.window_days = s.window_days AND w.processing_date = s.processing_date JOIN "
      "graph_addresses a ON a.address = s.address JOIN (SELECT DISTINCT e.w, e.address FROM {} e) "
      "d ON d.w = w.w AND d.address = a.id",
      kGraphSides);
}

// As flows::services().
std::string select_services(const flows::Settings& settings) {
  return fmt::format(
      "SELECT DISTINCT s.w, s.address FROM (SELECT e.w, e.address, e.second - lag(e.second, {0}) "
      "OVER (PARTITION BY e.w, e.paid, e.address ORDER BY e.second ASC) AS span FROM (SELECT w, 0 "
      "AS paid, payee AS address, second FROM graph_edges UNION ALL SELECT w, 1 AS paid, payer AS "
      "address, second FROM graph_edges) e JOIN (SELECT b.w, b.paid, b.address FROM {1} b GROUP BY "
      "b.w, b.paid, b.address HAVING sum(b.transfers) > {0}) m ON m.w = e.w AND m.paid = e.paid "
      "AND m.address = e.address) s WHERE s.span <= {2}",
      settings.most_transfers, kGraphSides, settings.service_seconds);
}

// Rows of features.parquet of the windows, as the alias r, and their window as w.
std::string of_windows(Snapshot& snapshot, Engine engine) {
  const ParquetSource& source = snapshot.source(File::features);
  const auto key = [&](const char* name) {
    return read_column(snapshot.connection(), source, column_named(feature_columns(), name),
                       engine);
  };
  return fmt::format("{} r JOIN graph_windows w ON w.window_days = {} AND w.processing_date = {}",
                     file_table(source, engine, "features_file"), key("window_days"),
                     key("processing_date"));
}

// Addresses of which a window has several rows: read_window() says which of them counts.
std::string select_repeats(Snapshot& snapshot, Engine engine) {
  return fmt::format(
      "SELECT k.w, k.address FROM (SELECT w.w, {} AS address FROM {}) k WHERE k.address IS NOT "
      "NULL GROUP BY k.w, k.address HAVING count(*) > 1",
      read_column(snapshot.connection(), snapshot.source(File::features),
                  column_named(feature_columns(), "address"), engine),
      of_windows(snapshot, engine));
}

// What features.parquet says of the addresses: kinds, and where `is_more` community and the values
// of the quantities as q_0, q_1, …
std::string select_facts(Snapshot& snapshot, Engine engine, bool is_more) {
  const ParquetSource& source = snapshot.source(File::features);
  const std::vector<Column>& columns = feature_columns();
  const auto list = [&](const WindowExpression& expression) {
    return kinds_sql(expression) + " AS kinds" +
           (is_more ? more_facts_sql(engine, expression) : "");
  };
  const WindowExpression from_file = [&](const char* name) {
    return read_column(snapshot.connection(), source, column_named(columns, name), engine);
  };
  const WindowExpression from_row = [](const char* name) { return fmt::format("p.{}", name); };
  const std::string rows = of_windows(snapshot, engine);
  const std::string one = fmt::format(
      "SELECT u.* FROM (SELECT w.w, {} AS name, {} FROM {}) u LEFT JOIN graph_repeats m ON m.w = "
      "u.w AND m.address = u.name WHERE m.address IS NULL",
      from_file("address"), list(from_file), rows);
  const std::string several = fmt::format(
      "SELECT p.w, p.address AS name, {} FROM (SELECT t.*, row_number() OVER ({}) AS place FROM "
      "(SELECT u.* FROM (SELECT w.w, {} FROM {}) u JOIN graph_repeats m ON m.w = u.w AND m.address "
      "= u.address) t) p WHERE p.place = 1",
      list(from_row), precedence({"w, t.address", std::nullopt, &columns}),
      read_list(snapshot.connection(), source, columns, engine), rows);
  return fmt::format(
      "SELECT a.id AS address, f.* FROM ({} UNION ALL {}) f JOIN graph_addresses a ON a.address = "
      "f.name",
      one, several);
}

// What an address is by these, and whether it is a service by its transfers.
std::string select_kinds() {
  return fmt::format(
      "SELECT k.w, k.address, CAST(sum(k.kinds) AS BIGINT) AS kinds FROM (SELECT f.w, f.address, "
      "f.kinds FROM graph_facts f WHERE f.kinds > 0 UNION ALL SELECT s.w, s.address, CAST({} AS "
      "BIGINT) AS kinds FROM graph_services s) k GROUP BY k.w, k.address",
      flows::bit(flows::kService));
}

}  // namespace

std::vector<GraphStep> graph_steps(Snapshot& snapshot, Engine engine, const ColumnNames& wanted) {
  if (!has_transfers_by_time(snapshot)) return {};
  const flows::Facts facts = no_address_facts();
  const flows::FactSets of_facts(facts);
  std::map<std::string_view, flows::FeatureSet> families;
  for (const flows::FeatureSet& set : sets_wanted(of_facts.sets(), wanted)) {
    if (set.name != "known") families.emplace(set.name, set);  // of which the driver has the list
  }
  if (families.empty()) return {};
  const flows::Settings settings;
  const bool has_exposure = families.contains("exposure");
  const bool has_values = families.contains("neighbors") || families.contains("community");
  std::vector<GraphStep> steps = {
      {"graph_windows", select_windows()},
      {"graph_transfers", select_transfers(snapshot, engine)},
      {"graph_addresses", select_addresses(engine)},
      {"graph_edges", kEdges},
      {"graph_pairs", select_pairs(engine)},
      {"graph_subjects", select_subjects_of_graph()},
  };
  if (has_exposure || has_values) {
    steps.push_back({"graph_repeats", select_repeats(snapshot, engine)});
    steps.push_back({"graph_facts", select_facts(snapshot, engine, has_values)});
  }
  if (has_exposure) {
    steps.push_back({"graph_services", select_services(settings)});
    steps.push_back({"graph_kinds", select_kinds()});
    add_exposure_steps(engine, settings, families.at("exposure"), steps);
  }
  add_neighbor_steps(engine, facts.quantities.size(), families, steps);
  return steps;
}

}  // namespace aml::snapshot
