#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <vector>

#include "base/date.h"
#include "flows/feature.h"
#include "snapshot/tables.h"

// The families of address_flows that have a horizon, cut into slices of time: each is computed by
// itself, wherever that is, and all of them added up are the bits of the whole. Families that need
// all transfers of an address, or the whole graph, are computed where the slices come together.
namespace aml::snapshot {

class Snapshot;

// More slices of one day are refused: each reads the file and its halo.
inline constexpr std::size_t kMostFlowSlices = 1000;

// What a folder of a slice holds.
inline constexpr const char* kFlowSliceFiles[] = {"address_flows.parquet", "slice.parquet"};

// Whole days, UTC.
struct FlowSlice {
  Date first;
  int days = 1;

  flows::Period period() const;
};

// Whether all of the set's features of a period follow from those of slices of it: none is
// Merge::global.
bool is_sliceable(const flows::FeatureSet& set);
// Those of the sets of which a column is wanted.
std::vector<flows::FeatureSet> sets_wanted(std::span<const flows::FeatureSet> sets,
                                           const ColumnNames& wanted);

// Slices of so many days each over the windows of the day's subjects, in order. None where nothing
// can be cut: there is no money_flows.parquet, or its rows are pairs. Throws as Snapshot::source,
// and Error{usage} where there would be more than kMostFlowSlices.
std::vector<FlowSlice> flow_slices(Snapshot& snapshot, int days);

// Writes into a folder that is there what the slice adds: address_flows.parquet, with a row for
// each subject that has a transfer in the slice or its halo, and slice.parquet, what it was made
// of. Throws as Snapshot::source, and Error{usage} where the file cannot be cut.
void write_flow_slice(Snapshot& snapshot, const FlowSlice& slice, const ColumnNames& wanted,
                      const std::filesystem::path& folder);

// What write_flow_slice() wrote of all slices of a day, each into a folder that is named after its
// first day. The snapshot must live as long.
class FlowSlices {
 public:
  // Throws Error{not_found} where there is no such folder, and Error{bad_input} where the slices do
  // not follow on one another over all windows, or were made of other transfers or subjects.
  FlowSlices(Snapshot& snapshot, const std::filesystem::path& folder);

  // Features of a set that is_sliceable(), of these subjects, ascending. Throws Error{bad_input}
  // naming a file that is damaged or lacks a column.
  flows::Columns features(const flows::FeatureSet& set,
                          std::span<const std::int64_t> subject_ids) const;
  const flows::Cuts& cuts() const { return cuts_; }

 private:
  void add(const std::filesystem::path& folder, const Date& first);
  void require_whole(const std::filesystem::path& folder) const;

  Snapshot& snapshot_;
  std::map<Date, FlowSlice> slices_;
  std::vector<std::filesystem::path> files_;
  flows::Cuts cuts_;
};

}  // namespace aml::snapshot
