// The table address_flows: what flows/ computes of the addresses of a day's alerts and clusters.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "flows/facts.h"
#include "flows/feature_blocks.h"
#include "snapshot/address_facts.h"
#include "snapshot/address_parts.h"
#include "snapshot/day_flows.h"
#include "snapshot/flow_parts.h"
#include "snapshot/flow_slices.h"
#include "snapshot/graph_elsewhere.h"
#include "snapshot/snapshot.h"
#include "snapshot/table_writer.h"
#include "snapshot/tables.h"

namespace aml::snapshot {

namespace {

constexpr const char* kTable = "address_flows";

// The sets of which a column is wanted: those of transfers, then those of facts.
std::vector<flows::FeatureSet> chosen_sets(const flows::FactSets& of_facts,
                                           const ColumnNames& wanted) {
  std::vector<flows::FeatureSet> sets = sets_wanted(flows::transfer_sets(), wanted);
  const std::vector<flows::FeatureSet> more = sets_wanted(of_facts.sets(), wanted);
  sets.insert(sets.end(), more.begin(), more.end());
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

// Which facts the wanted columns need: reading features.parquet a second time costs.
FactNeeds needs_of(const ColumnNames& wanted) {
  const flows::Facts facts = no_address_facts();
  const flows::FactSets of_facts(facts);
  FactNeeds needs{.features = false, .alerts = false, .known = false};
  for (const flows::FeatureSet& set : sets_wanted(of_facts.sets(), wanted)) {
    needs.alerts |= set.name == "alerts" || set.name == "community";
    needs.features |= set.name != "alerts";
    needs.known |= set.name == "known";
  }
  return needs;
}

// What adds windows to the table. What neither slices nor graph have is computed here.
struct Work {
  const ColumnNames& wanted;
  const FlowSlices* slices = nullptr;
  const GraphElsewhere* graph = nullptr;
  flows::Cuts cuts{};
};

bool is_elsewhere(const flows::FeatureSet& set, const Work& work) {
  return (work.slices != nullptr && is_sliceable(set)) ||
         (work.graph != nullptr && work.graph->has(set));
}

// What slices and graph have of these subjects, by set; empty: nothing.
std::vector<flows::Columns> take(const std::vector<flows::FeatureSet>& sets,
                                 std::span<const std::int64_t> subject_ids, const Work& work) {
  std::vector<flows::Columns> taken(sets.size());
  for (std::size_t i = 0; i < sets.size(); ++i) {
    if (work.slices != nullptr && is_sliceable(sets[i])) {
      taken[i] = work.slices->features(sets[i], subject_ids);
    } else if (work.graph != nullptr && work.graph->has(sets[i])) {
      taken[i] = work.graph->features(sets[i], subject_ids);
    }
  }
  return taken;
}

// Rows of these subjects, by set what was taken, or else the next set of those computed.
void add_rows(Snapshot& snapshot, const std::vector<flows::FeatureSet>& sets,
              const std::vector<std::int64_t>& subject_ids,
              const std::vector<flows::Columns>& taken, flows::FeatureBlocks* computed) {
  append_rows(snapshot.connection(), kTable, columns_of(sets), subject_ids.size(),
              [&](std::size_t first, std::size_t rows, TableChunk& chunk) {
                chunk.integers(0, subject_ids.data() + first, rows);
                const flows::Columns* next =
                    computed == nullptr ? nullptr : computed->block(first).data();
                std::size_t column = 1;
                for (const flows::Columns& ready : taken) {
                  const flows::Columns& set = ready.empty() ? *next++ : ready;
                  chunk.features(column, set, ready.empty() ? computed->place(first) : first, rows);
                  column += set.size();
                }
              });
}

bool needs_facts(const flows::FeatureSet& set) {
  const auto of_transfers = flows::transfer_sets();
  return std::none_of(of_transfers.begin(), of_transfers.end(),
                      [&](const flows::FeatureSet& one) { return one.name == set.name; });
}

void add_window(Snapshot& snapshot, const WindowFlows& window, Work& work) {
  const flows::Facts facts =
      read_address_facts(snapshot, window.graph, window.window, needs_of(work.wanted));
  const flows::FactSets of_facts(facts);
  const std::vector<flows::FeatureSet> sets = chosen_sets(of_facts, work.wanted);
  const std::vector<flows::Columns> taken = take(sets, window.subject_ids, work);
  const flows::Question question{
      .graph = window.graph, .threads = snapshot.threads(), .facts = &facts};
  std::vector<flows::FeatureSet> computed;
  std::vector<flows::Filler> fillers;
  for (const flows::FeatureSet& set : sets) {
    if (is_elsewhere(set, work)) continue;
    computed.push_back(set);
    fillers.push_back(needs_facts(set) ? set.prepare(question) : window.prepared->of(set));
  }
  work.cuts.service_transfers += window.prepared->cuts().service_transfers;
  work.cuts.searches += window.prepared->cuts().searches;
  flows::FeatureBlocks blocks(std::move(fillers), computed, window.addresses);
  add_rows(snapshot, sets, window.subject_ids, taken, &blocks);
}

// Without a graph: all that is wanted was computed elsewhere.
void add_elsewhere(Snapshot& snapshot, const std::vector<flows::FeatureSet>& sets,
                   const Work& work) {
  const std::vector<std::int64_t> subject_ids = work.graph->subjects();
  add_rows(snapshot, sets, subject_ids, take(sets, subject_ids, work), nullptr);
  Findings& findings = snapshot.findings();
  findings.input_rows["money_flows"] = snapshot.source(File::money_flows).rows();
  findings.flow_counts = work.graph->flow_counts();
}

void fill_table(Snapshot& snapshot, Work work) {
  snapshot.make(Table::known_addresses);
  const flows::Facts no_facts = no_address_facts();
  const flows::FactSets of_facts(no_facts);
  const std::vector<flows::FeatureSet> sets = chosen_sets(of_facts, work.wanted);
  make_empty_table(snapshot.connection(), kTable, columns_of(sets));
  if (work.slices != nullptr) work.cuts = work.slices->cuts();
  const bool is_all_elsewhere =
      work.graph != nullptr && work.graph->has(kSubjectsOfFlows) &&
      std::all_of(sets.begin(), sets.end(),
                  [&](const flows::FeatureSet& set) { return is_elsewhere(set, work); });
  if (is_all_elsewhere) {
    add_elsewhere(snapshot, sets, work);
  } else {
    snapshot.day_flows().for_each_window(
        [&](const WindowFlows& window) { add_window(snapshot, window, work); });
  }
  std::map<std::string, std::int64_t>& counts = snapshot.findings().flow_counts;
  if (counts.empty()) return;  // no money_flows.parquet
  counts["service_transfers"] = work.cuts.service_transfers;
  counts["searches_cut_short"] = work.cuts.searches;
}

}  // namespace

bool take_flow_table(Snapshot& snapshot, const std::string& table, const FlowParts& parts) {
  if (parts.graph.empty()) return false;
  const GraphElsewhere graph(snapshot, parts.graph);
  if (!graph.has(table)) return false;
  graph.make(table);
  return true;
}

void make_address_flows(Snapshot& snapshot, const ColumnNames& wanted) {
  fill_table(snapshot, {.wanted = wanted});
}

void make_address_flows_of_parts(Snapshot& snapshot, const ColumnNames& wanted,
                                 const FlowParts& parts) {
  snapshot.make(Table::subjects);
  std::optional<FlowSlices> slices;
  std::optional<GraphElsewhere> graph;
  if (!parts.slices.empty()) slices.emplace(snapshot, parts.slices);
  if (!parts.graph.empty()) graph.emplace(snapshot, parts.graph);
  fill_table(snapshot, {.wanted = wanted,
                        .slices = slices ? &*slices : nullptr,
                        .graph = graph ? &*graph : nullptr});
}

}  // namespace aml::snapshot
