#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "flows/graph.h"
#include "snapshot/snapshot.h"

namespace aml::evidence {

// What a transfer takes in a FlowIndex at most; while the file is read it is twice that.
inline constexpr std::size_t kBytesOfTransfer = 45;

// All transfers from one address to another, summed up.
struct Flow {
  flows::Address source = 0;
  flows::Address dest = 0;
  std::uint32_t transfers = 0;
  std::uint32_t first_second = 0;  // since 1970; 0: the input does not say
  std::uint32_t last_second = 0;
  std::int64_t amount = 0;  // in 1e-4 USD; what has no price counts as 0
};

// The size of money_flows.parquet in bytes. Throws as snapshot::data_files().
std::uint64_t flow_file_bytes(const snapshot::Snapshot& input);

// A day's money flows in memory, to answer in microseconds what a search of the Parquet file
// answers in seconds: the graph that features are made of, so that both follow the same rules
// (docs/flows.md), and what goes between two addresses in all.
class FlowIndex {
 public:
  // Reads money_flows.parquet in either of its forms. Throws Error{bad_input} that names the file
  // where it is damaged or lacks a column, Error{unavailable} where it has so many rows that the
  // index would take more than `max_bytes`. REQUIRES: the input has flows
  FlowIndex(snapshot::Snapshot& input, std::size_t max_bytes);
  explicit FlowIndex(flows::Graph graph);

  const flows::Graph& graph() const { return graph_; }
  std::size_t bytes() const {
    return graph_.bytes() + flow_counts_.capacity() * sizeof(std::uint32_t);
  }
  // The number of an address, or nothing where it neither pays nor is paid.
  std::optional<flows::Address> find(std::string_view address) const {
    return graph_.find(address);
  }
  std::string_view address(flows::Address number) const { return graph_.text(number); }

  // Whom an address pays, by dest, and who pays it, by source. Time grows with its transfers.
  std::vector<Flow> outgoing(flows::Address address) const;
  std::vector<Flow> incoming(flows::Address address) const;
  // Of these only the flows whose other end is among `others`. REQUIRES: others ascend
  std::vector<Flow> outgoing(flows::Address address, std::span<const flows::Address> others) const;
  std::vector<Flow> incoming(flows::Address address, std::span<const flows::Address> others) const;
  // How many flows an address has, in both directions.
  std::size_t flow_count(flows::Address address) const { return flow_counts_[address]; }

 private:
  flows::Graph graph_;
  std::vector<std::uint32_t> flow_counts_;  // by address
};

}  // namespace aml::evidence
