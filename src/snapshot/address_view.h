#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "flows/facts.h"
#include "flows/graph.h"
#include "snapshot/day_flows.h"

namespace aml::snapshot {

class Snapshot;

// The addresses of a window of a day that have transfers in it, as a model of addresses sees them:
// by what features.parquet and their transfers say of each. Alerts are no part of it.
class AddressView {
 public:
  // An address of an alert or a cluster.
  struct Subject {
    std::int64_t id = 0;  // subject_id
    flows::Address address = 0;
  };

  // Reads features.parquet. REQUIRES: all of it outlives the view, but for a copy of which only
  // read(), graph() and what else is kept are asked.
  AddressView(Snapshot& snapshot, const WindowFlows& flows);

  Snapshot& snapshot() const { return *snapshot_; }
  const std::shared_ptr<const flows::Graph>& graph() const { return graph_; }
  // By address of the graph, as flows::Facts has them.
  const std::vector<std::uint32_t>& communities() const { return communities_; }
  const std::vector<Subject>& subjects() const { return subjects_; }  // with transfers alone
  int threads() const { return threads_; }

  // Names of the columns of read(): those of features.parquet, then "graph_" and the features of
  // flows::transfer_sets(), but for points in time.
  static std::vector<std::string> names();

  // Rows of one block, column by column as names() has them; NaN where a value is missing. Money is
  // in USD.
  using Block = std::vector<std::vector<float>>;
  // Hands on `addresses` block by block, in their order: some thousands of rows at a time.
  void read(std::span<const flows::Address> addresses,
            const std::function<void(std::size_t first, const Block& block)>& take) const;
  // All addresses with transfers, ascending.
  std::vector<flows::Address> all() const;

 private:
  Snapshot* snapshot_;
  int threads_ = 1;
  std::shared_ptr<const flows::Graph> graph_;
  std::shared_ptr<flows::PreparedSets> prepared_;
  std::vector<Subject> subjects_;
  Block table_;  // of features.parquet, by address of the graph
  std::vector<std::uint32_t> communities_;
};

using AddressVisitor = std::function<void(const AddressView&)>;
// Tells of every window of the day that has transfers. REQUIRES: the snapshot is not sealed.
void visit_addresses(Snapshot& snapshot, const AddressVisitor& visitor);

}  // namespace aml::snapshot
