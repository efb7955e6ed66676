// The table address_flows: what flows/ computes of the addresses of a day's alerts and clusters.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "flows/facts.h"
#include "flows/feature_blocks.h"
#include "snapshot/address_facts.h"
#include "snapshot/flow_columns.h"
#include "snapshot/snapshot.h"
#include "snapshot/table_writer.h"
#include "snapshot/tables.h"

namespace aml::snapshot {

namespace {

constexpr const char* kTable = "address_flows";
// Each costs as much as the first; a day has one, seldom two.
constexpr std::size_t kMostWindows = 8;

// A window, and what lies in it.
struct WindowSubjects {
  Window window;
  flows::Period period;
};

std::uint32_t second_of(std::int64_t second) {
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(second, 0, kMost));
}

// Those with the most subjects, at most kMostWindows; how many subjects are in none of them.
std::vector<WindowSubjects> find_windows(Connection& connection, std::int64_t& left_out) {
  QueryResult rows = connection.query(
      "SELECT window_days, CAST(processing_date AS VARCHAR), window_start_second, "
      "window_end_second, count(*) FROM subjects GROUP BY window_days, processing_date, "
      "window_start_second, window_end_second ORDER BY count(*) DESC, "
      "window_days ASC, processing_date ASC");
  std::vector<WindowSubjects> windows;
  left_out = 0;
  while (const std::optional<Chunk> chunk = rows.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      if (windows.size() == kMostWindows) {
        left_out += chunk->column(4).as_int64(row);
        continue;
      }
      windows.push_back(
          {{chunk->column(0).as_int64(row), std::string(chunk->column(1).as_text(row))},
           {second_of(chunk->column(2).as_int64(row)), second_of(chunk->column(3).as_int64(row))}});
    }
  }
  return windows;
}

// Subjects of a window that have transfers in it.
struct Subjects {
  std::vector<std::int64_t> ids;
  std::vector<flows::Address> addresses;
};

Subjects find_subjects(Connection& connection, const flows::Graph& graph, const Window& window) {
  QueryResult rows = connection.query(
      fmt::format("SELECT subject_id, address FROM subjects WHERE window_days = {} AND "
                  "processing_date = DATE {} ORDER BY subject_id",
                  window.days, sql_text(window.date)));
  Subjects subjects;
  while (const std::optional<Chunk> chunk = rows.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      const auto address = graph.find(chunk->column(1).as_text(row));
      if (!address || (graph.outgoing(*address).empty() && graph.incoming(*address).empty())) {
        continue;
      }
      subjects.ids.push_back(chunk->column(0).as_int64(row));
      subjects.addresses.push_back(*address);
    }
  }
  return subjects;
}

std::vector<flows::FeatureSet> all_sets(const flows::FactSets& of_facts) {
  const auto of_transfers = flows::transfer_sets();
  std::vector<flows::FeatureSet> sets(of_transfers.begin(), of_transfers.end());
  sets.insert(sets.end(), of_facts.sets().begin(), of_facts.sets().end());
  return sets;
}

std::vector<TableColumn> columns_of(const std::vector<flows::FeatureSet>& sets) {
  std::vector<TableColumn> columns = {{"subject_id", ColumnType::int64}};
  for (const flows::FeatureSet& set : sets) {
    for (const flows::Definition& one : set.definitions) {
      columns.push_back({std::string(one.name), column_type(one.unit)});
    }
  }
  return columns;
}

void make_empty(Connection& connection) {
  const flows::Facts facts = no_address_facts();
  const flows::FactSets of_facts(facts);
  make_table(connection, kTable, columns_of(all_sets(of_facts)), 0,
             [](std::size_t, std::size_t, TableChunk&) {});
}

void add_window(Snapshot& snapshot, const flows::Graph& graph, const Window& window,
                flows::Cuts& cuts) {
  constexpr const char* kPart = "address_flows_of_window";
  Connection& connection = snapshot.connection();
  const flows::Facts facts = read_address_facts(snapshot, graph, window);
  const flows::FactSets of_facts(facts);
  const std::vector<flows::FeatureSet> sets = all_sets(of_facts);
  const flows::Question question{
      .graph = graph, .threads = snapshot.threads(), .cuts = &cuts, .facts = &facts};
  const Subjects subjects = find_subjects(connection, graph, window);
  flows::FeatureBlocks blocks(question, sets, subjects.addresses);
  make_table(connection, kPart, columns_of(sets), subjects.ids.size(),
             [&](std::size_t first, std::size_t rows, TableChunk& chunk) {
               const auto& block = blocks.block(first);
               chunk.integers(0, subjects.ids.data() + first, rows);
               chunk.features(1, block, blocks.place(first), rows);
             });
  connection.run(
      fmt::format("INSERT INTO {} SELECT * FROM {}; DROP TABLE {}", kTable, kPart, kPart));
}

}  // namespace

void make_address_flows(Snapshot& snapshot) {
  Connection& connection = snapshot.connection();
  make_empty(connection);
  if (!snapshot.has(File::money_flows)) return;  // make_flows() says so
  const ParquetSource& source = snapshot.source(File::money_flows);
  const flows::Graph graph = read_flow_graph(connection, source, snapshot.threads());
  const flows::Period span = graph.span();
  std::int64_t left_out = 0;
  flows::Cuts cuts;
  for (const WindowSubjects& one : find_windows(connection, left_out)) {
    // Pairs that overlap the window count as a whole.
    const bool is_whole =
        graph.has_transfers() && one.period.begin <= span.begin && span.end <= one.period.end;
    if (is_whole) {
      add_window(snapshot, graph, one.window, cuts);
    } else {
      add_window(snapshot, graph.within(one.period), one.window, cuts);
    }
  }
  std::map<std::string, std::int64_t>& counts = snapshot.findings().flow_counts;
  counts = flows::named(graph.counts());
  counts["service_transfers"] = cuts.service_transfers;
  counts["searches_cut_short"] = cuts.searches;
  if (left_out > 0) {
    snapshot.findings().warnings.push_back(
        fmt::format("{} addresses are of other windows than the {} with the most: they have no "
                    "features of the graph of money flows",
                    left_out, kMostWindows));
  }
}

}  // namespace aml::snapshot
