// The table address_flows: what flows/ computes of the addresses of a day's alerts and clusters.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "flows/facts.h"
#include "flows/feature_blocks.h"
#include "snapshot/address_facts.h"
#include "snapshot/day_flows.h"
#include "snapshot/snapshot.h"
#include "snapshot/table_writer.h"
#include "snapshot/tables.h"

namespace aml::snapshot {

namespace {

constexpr const char* kTable = "address_flows";

bool has_wanted(const flows::FeatureSet& set, const ColumnNames& wanted) {
  return !wanted || std::any_of(set.definitions.begin(), set.definitions.end(),
                                [&](const flows::Definition& one) {
                                  return wanted->contains(std::string(one.name));
                                });
}

template <typename Sets>
std::vector<flows::FeatureSet> chosen(const Sets& sets, const ColumnNames& wanted) {
  std::vector<flows::FeatureSet> some;
  std::copy_if(sets.begin(), sets.end(), std::back_inserter(some),
               [&](const flows::FeatureSet& set) { return has_wanted(set, wanted); });
  return some;
}

// The sets of which a column is wanted: those of transfers, then those of facts.
std::vector<flows::FeatureSet> chosen_sets(const flows::FactSets& of_facts,
                                           const ColumnNames& wanted) {
  std::vector<flows::FeatureSet> sets = chosen(flows::transfer_sets(), wanted);
  const std::vector<flows::FeatureSet> more = chosen(of_facts.sets(), wanted);
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
  for (const flows::FeatureSet& set : chosen(of_facts.sets(), wanted)) {
    needs.alerts |= set.name == "alerts" || set.name == "community";
    needs.features |= set.name != "alerts";
    needs.known |= set.name == "known";
  }
  return needs;
}

void add_window(Snapshot& snapshot, const WindowFlows& window, const ColumnNames& wanted,
                flows::Cuts& cuts) {
  const flows::Facts facts =
      read_address_facts(snapshot, window.graph, window.window, needs_of(wanted));
  const flows::FactSets of_facts(facts);
  const std::vector<flows::FeatureSet> sets = chosen_sets(of_facts, wanted);
  const flows::Question question{
      .graph = window.graph, .threads = snapshot.threads(), .cuts = &cuts, .facts = &facts};
  flows::FeatureBlocks blocks(question, sets, window.addresses);
  append_rows(snapshot.connection(), kTable, columns_of(sets), window.subject_ids.size(),
              [&](std::size_t first, std::size_t rows, TableChunk& chunk) {
                const auto& block = blocks.block(first);
                chunk.integers(0, window.subject_ids.data() + first, rows);
                chunk.features(1, block, blocks.place(first), rows);
              });
}

}  // namespace

void make_address_flows(Snapshot& snapshot, const ColumnNames& wanted) {
  snapshot.make(Table::known_addresses);
  const flows::Facts no_facts = no_address_facts();
  const flows::FactSets of_facts(no_facts);
  make_empty_table(snapshot.connection(), kTable, columns_of(chosen_sets(of_facts, wanted)));
  flows::Cuts cuts;
  snapshot.day_flows().for_each_window(
      [&](const WindowFlows& window) { add_window(snapshot, window, wanted, cuts); });
  std::map<std::string, std::int64_t>& counts = snapshot.findings().flow_counts;
  if (counts.empty()) return;  // no money_flows.parquet
  counts["service_transfers"] = cuts.service_transfers;
  counts["searches_cut_short"] = cuts.searches;
}

}  // namespace aml::snapshot
