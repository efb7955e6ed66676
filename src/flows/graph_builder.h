#pragma once

#include <array>
#include <utility>
#include <vector>

#include "flows/graph.h"
#include "flows/transfer_shard.h"

namespace aml::flows {

// The steps from shards to a graph; make_graph() takes them in order. Rows and edges lie in parts
// by the leading bits of an address's hash: parts are worked on side by side, and each fits a
// processor's cache better than the whole.
class GraphBuilder {
 public:
  // part: whose rows they are; null: all of the file. It must live as long.
  GraphBuilder(std::vector<TransferShard> shards, int threads, const AddressPart* part);

  void number_addresses();
  void sort_outgoing();
  void sort_incoming();
  void mark();
  Graph take() { return std::move(graph_); }

 private:
  static constexpr std::size_t kParts = TransferShard::kParts;
  using Row = TransferShard::Row;

  // One part's edges, and what is known of them, in order.
  struct Outgoing {
    std::vector<std::uint32_t> degrees;  // of the part's addresses
    std::vector<Edge> edges;
    std::vector<std::uint64_t> transactions;
    std::vector<std::uint32_t> transfers;
    std::vector<std::uint32_t> last_seconds;
    std::int64_t duplicates = 0;
    std::int64_t unpriced = 0;
    std::int64_t limited = 0;
  };
  struct Arc {
    EdgeId id = 0;
    Address source = 0;
    Address dest = 0;
  };

  // Whether what becomes of rows is counted with this address: all, or those of the part.
  bool is_counted(Address address) const {
    return part_ == nullptr || part_->owns(graph_.book_->hash(address));
  }
  std::vector<Row> take_rows(std::size_t part);
  void sort_rows(std::vector<Row>& rows, std::vector<std::uint32_t>& begins, Address first) const;
  bool precedes(const Row& a, const Row& b) const;
  bool is_duplicate(const Row& a, const Row& b) const;
  Outgoing make_outgoing(std::size_t part);
  void append(Outgoing& part);
  void fill_incoming(std::size_t part, std::array<std::vector<std::vector<Arc>>, kParts>& arcs);

  std::vector<TransferShard> shards_;
  int threads_;
  const AddressPart* part_;
  std::uint64_t appended_ = 0;  // rows of the shards
  Graph graph_;
  std::vector<std::vector<Address>> renumbered_;  // by shard
  std::array<Address, kParts + 1> part_begin_{};  // first address of each part
  std::vector<std::size_t> pair_begin_;           // of each shard's pairs among all
  std::vector<TransferShard::Pair> pairs_;
  std::vector<std::uint64_t> transactions_;  // by edge; empty: not told
  bool has_pairs_ = false;
  bool has_transactions_ = false;
};

}  // namespace aml::flows
