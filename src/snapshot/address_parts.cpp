#include "snapshot/address_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "flows/feature_blocks.h"
#include "snapshot/day_flows.h"
#include "snapshot/flow_slices.h"
#include "snapshot/graph_elsewhere.h"
#include "snapshot/money_flows.h"
#include "snapshot/snapshot.h"
#include "snapshot/table_writer.h"

namespace aml::snapshot {

namespace {

// Those of transfers that no slices have: all of them look at an address's own transfers alone.
std::vector<flows::FeatureSet> sets_of(const AddressPartTables& tables) {
  if (!tables.address_flows) return {};
  std::vector<flows::FeatureSet> sets = sets_wanted(flows::transfer_sets(), tables.columns);
  std::erase_if(sets, is_sliceable);
  return sets;
}

// Whole numbers stay what they are in flows/, as GraphElsewhere reads them.
std::vector<TableColumn> columns_of(const flows::FeatureSet& set) {
  std::vector<TableColumn> columns = {{"subject_id", ColumnType::int64}};
  for (const flows::Definition& one : set.definitions) {
    columns.push_back({std::string(one.name),
                       flows::is_integer(one.unit) ? ColumnType::int64 : ColumnType::float64});
  }
  return columns;
}

void add_family(Snapshot& snapshot, const WindowFlows& window, const flows::FeatureSet& set) {
  const flows::Question question{.graph = window.graph, .threads = snapshot.threads()};
  flows::FeatureBlocks blocks(question, std::span(&set, 1), window.addresses);
  append_rows(snapshot.connection(), family_table(set), columns_of(set), window.subject_ids.size(),
              [&](std::size_t first, std::size_t rows, TableChunk& chunk) {
                chunk.integers(0, window.subject_ids.data() + first, rows);
                const flows::Columns& columns = blocks.block(first).front();
                const std::size_t place = blocks.place(first);
                for (std::size_t i = 0; i < columns.size(); ++i) {
                  if (flows::is_integer(columns[i].definition->unit)) {
                    chunk.integers(i + 1, columns[i].integers.data() + place, rows);
                  } else {
                    chunk.numbers(i + 1, columns[i].numbers.data() + place, rows);
                  }
                }
              });
}

void make_families(Snapshot& snapshot, DayFlows& day, const std::vector<flows::FeatureSet>& sets) {
  const std::vector<TableColumn> subject = {{"subject_id", ColumnType::int64}};
  make_empty_table(snapshot.connection(), kSubjectsOfFlows, subject);
  for (const flows::FeatureSet& set : sets) {
    make_empty_table(snapshot.connection(), family_table(set), columns_of(set));
  }
  day.for_each_window([&](const WindowFlows& window) {
    append_rows(snapshot.connection(), kSubjectsOfFlows, subject, window.subject_ids.size(),
                [&](std::size_t first, std::size_t rows, TableChunk& chunk) {
                  chunk.integers(0, window.subject_ids.data() + first, rows);
                });
    for (const flows::FeatureSet& set : sets) add_family(snapshot, window, set);
  });
}

// What every part knows of the whole file counts once.
std::map<std::string, std::int64_t> counts_to_add(std::map<std::string, std::int64_t> counts,
                                                  bool is_first) {
  if (is_first) return counts;
  counts["transfers"] = -counts["duplicates"];
  for (const char* name : {"rows", "without_address", "self_transfers", "negative_amounts",
                           "without_transfers", "without_time", "out_of_order"}) {
    counts[name] = 0;
  }
  return counts;
}

std::vector<std::string> names_of(const AddressPartTables& tables) {
  std::vector<std::string> names = {kSubjectsOfFlows};
  for (const flows::FeatureSet& set : sets_of(tables)) names.push_back(family_table(set));
  if (tables.flows) names.emplace_back("flows");
  if (tables.subject_flows) names.emplace_back("subject_flows");
  return names;
}

}  // namespace

std::vector<std::string> AddressPartTables::files() const {
  std::vector<std::string> files = names_of(*this);
  for (std::string& name : files) name += ".parquet";
  files.emplace_back(kAddressPartFile);
  return files;
}

void write_address_part(Snapshot& snapshot, const flows::AddressPart& part,
                        const AddressPartTables& tables, const std::filesystem::path& folder) {
  if (!has_transfers_by_time(snapshot)) {
    throw Error(ErrorKind::usage,
                fmt::format("{} has no transfers by time, so nothing can be cut into parts",
                            snapshot.directory().string()));
  }
  snapshot.make(Table::subjects);
  DayFlows day(snapshot, part);
  make_families(snapshot, day, sets_of(tables));
  if (tables.flows) fill_flows(snapshot, day);
  if (tables.subject_flows) fill_subject_flows(snapshot, day);
  Connection& connection = snapshot.connection();
  nlohmann::ordered_json said{
      {"rows", nlohmann::ordered_json::object()},
      {"flow_counts", counts_to_add(snapshot.findings().flow_counts, part.index == 0)}};
  for (const std::string& name : names_of(tables)) {
    copy_table(connection, name, folder);
    said["rows"][name] = connection.query_int(fmt::format("SELECT count(*) FROM {}", name));
  }
  write_file_atomically(folder / kAddressPartFile, said.dump(1) + "\n");
}

}  // namespace aml::snapshot
