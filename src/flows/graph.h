#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "flows/address_book.h"
#include "flows/transfers.h"

namespace aml::flows {

// Number of an edge: edges are numbered by source, then in order of time.
using EdgeId = std::uint32_t;

inline constexpr std::int64_t kUnpriced = -1;

// A row of money_flows as seen from one of its ends.
struct Edge {
  Address other = 0;         // the other end
  std::uint32_t second = 0;  // since 1970; of a pair the first transfer's; 0: not told
  std::int64_t amount = 0;   // in 1e-4 USD, > 0, or kUnpriced

  friend bool operator==(const Edge&, const Edge&) = default;
};

// Money that only seems to go away from whoever pays.
enum Marks : std::uint8_t {
  kNoMark = 0,
  kChange = 1,         // to an address that pays in the same transaction
  kConsolidation = 2,  // of several payers of one transaction that pays to nobody else
};
// Both need the transaction's id, and at most 256 transfers of an address in the second.

// Seconds from begin on and before end.
struct Period {
  std::uint32_t begin = 0;
  std::uint32_t end = std::numeric_limits<std::uint32_t>::max();

  bool contains(std::uint32_t second) const { return second >= begin && second < end; }
};

// Who paid whom: all transfers of a file between addresses that are numbers. Rows are in order of
// time, at one time in order of their other end and amount; numbers of addresses compare in the
// same way in every graph that has them (AddressBook::arrange). The same rows give the same graph,
// in whatever order and by however many threads they came. About 37 bytes an edge and 70 an
// address. Made by make_graph().
class Graph {
 public:
  std::size_t addresses() const { return outgoing_begin_.size() - 1; }
  std::size_t edges() const { return outgoing_.size(); }
  // False where an edge stands for all transfers of a pair of addresses: what needs the time of
  // each is then missing.
  bool has_transfers() const { return !is_pairs_; }

  std::span<const Edge> outgoing(Address address) const {
    return {outgoing_.data() + outgoing_begin_[address],
            outgoing_.data() + outgoing_begin_[address + 1]};
  }
  std::span<const Edge> incoming(Address address) const {
    return {incoming_.data() + incoming_begin_[address],
            incoming_.data() + incoming_begin_[address + 1]};
  }
  // Asks for the memory of an address's edges ahead of their use.
  void prefetch_outgoing(Address address) const { prefetch(outgoing_, outgoing_begin_, address); }
  void prefetch_incoming(Address address) const { prefetch(incoming_, incoming_begin_, address); }
  // The number of outgoing(address)[0]; the others follow.
  EdgeId first_outgoing(Address address) const { return outgoing_begin_[address]; }
  // Place of incoming(address)[0] among all edges sorted by dest; the others follow.
  std::uint32_t first_incoming(Address address) const { return incoming_begin_[address]; }
  // The numbers of incoming(address).
  std::span<const EdgeId> incoming_ids(Address address) const {
    return {incoming_ids_.data() + incoming_begin_[address],
            incoming_ids_.data() + incoming_begin_[address + 1]};
  }
  const Edge& edge(EdgeId id) const { return outgoing_[id]; }
  Address source(EdgeId id) const;
  bool has_marks() const { return !marks_.empty(); }
  std::uint8_t marks(EdgeId id) const {
    return marks_.empty() ? std::uint8_t{kNoMark} : marks_[id];
  }
  // Number of transfers that the edge stands for, and the last one's second.
  std::uint32_t transfers(EdgeId id) const { return transfers_.empty() ? 1 : transfers_[id]; }
  std::uint32_t last_second(EdgeId id) const {
    return last_seconds_.empty() ? outgoing_[id].second : last_seconds_[id];
  }

  const AddressBook& book() const { return *book_; }
  std::string_view text(Address address) const { return book_->text(address); }
  std::optional<Address> find(std::string_view address) const { return book_->find(address); }

  // The transfers within the period; of pairs those that overlap it and those without times. The
  // addresses stay all. Counts are of the whole file.
  Graph within(Period period) const;
  // Those edges alone that `kept` says; the addresses stay all. REQUIRES: kept.size() is edges().
  Graph with_edges(const std::vector<bool>& kept) const;
  // From the first to the last second of a transfer; {0, 0} where no edge has a time.
  Period span() const;
  const LoadCounts& counts() const { return counts_; }
  std::size_t bytes() const;

 private:
  friend class GraphBuilder;
  Graph() = default;
  static void prefetch(const std::vector<Edge>& edges, const std::vector<std::uint32_t>& begins,
                       Address address) {
    const std::uint32_t begin = begins[address];
    const std::uint32_t end = begins[address + 1];
    if (begin == end) return;
    __builtin_prefetch(&edges[begin]);
    __builtin_prefetch(&edges[begin + (end - begin) / 2]);
    __builtin_prefetch(&edges[end - 1]);
  }

  std::shared_ptr<const AddressBook> book_;
  std::vector<std::uint32_t> outgoing_begin_{0};
  std::vector<Edge> outgoing_;
  std::vector<std::uint32_t> incoming_begin_{0};
  std::vector<Edge> incoming_;
  std::vector<EdgeId> incoming_ids_;
  std::vector<std::uint8_t> marks_;          // by edge; empty: none has one
  std::vector<std::uint32_t> transfers_;     // by edge, of pairs only
  std::vector<std::uint32_t> last_seconds_;  // likewise
  bool is_pairs_ = false;
  LoadCounts counts_;
};

}  // namespace aml::flows
