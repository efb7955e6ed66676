#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "flows/address_part.h"
#include "flows/feature_blocks.h"
#include "flows/graph.h"
#include "snapshot/address_facts.h"

namespace aml::snapshot {

class Snapshot;

// A day has one window, seldom two; transfers within each of more cost as much as the first's.
inline constexpr std::size_t kMostFlowWindows = 8;

// The subjects of one window that have transfers in it, and these transfers.
struct WindowFlows {
  Window window;
  const flows::Graph& graph;  // of the window's transfers; the addresses are those of the file
  std::vector<std::int64_t> subject_ids;          // ascending
  std::vector<flows::Address> addresses;          // of each
  std::shared_ptr<const flows::Graph> kept;       // `graph`, for whoever needs it longer
  std::shared_ptr<flows::PreparedSets> prepared;  // flows::transfer_sets() of it
  // Of a part of the addresses: the subjects that belong to other parts and have transfers here.
  std::vector<std::int64_t> other_subject_ids{};
  std::vector<flows::Address> other_addresses{};
};

// The money flows of a day, read once: the tables of flows are made from it.
class DayFlows {
 public:
  // Reads money_flows.parquet, or the transfers in a period alone; where it is missing there is no
  // transfer. What is wrong or left out goes to the snapshot's findings. Throws as
  // Snapshot::source. REQUIRES: a file of which a period is read is one of transfers.
  explicit DayFlows(Snapshot& snapshot, const std::optional<flows::Period>& period = std::nullopt);

  // Reads a part of the addresses: subjects are those of the part. Throws likewise. REQUIRES:
  // has_transfers_by_time()
  DayFlows(Snapshot& snapshot, const flows::AddressPart& part);

  // Calls `use` with each window, those with the most subjects first, at most kMostFlowWindows.
  // The first time it warns where no subject has a transfer.
  void for_each_window(const std::function<void(const WindowFlows& flows)>& use);

 private:
  struct Span {
    Window window;
    flows::Period period;
  };
  void find_windows();
  const WindowFlows& window_flows(std::size_t place);
  void find_subjects(WindowFlows& flows) const;

  Snapshot& snapshot_;
  std::shared_ptr<const flows::Graph> graph_;
  std::optional<flows::AddressPart> part_;
  flows::Period span_;
  std::vector<Span> windows_;
  // What was asked for last: a day with one window makes it once for all tables.
  std::unique_ptr<const WindowFlows> newest_;
  std::size_t newest_place_ = 0;
  bool is_looked_at_ = false;
};

// Fill the tables flows and subject_flows of these: what make_flows() and make_subject_flows() do
// of the snapshot's own.
void fill_flows(Snapshot& snapshot, DayFlows& day);
void fill_subject_flows(Snapshot& snapshot, DayFlows& day);

}  // namespace aml::snapshot
