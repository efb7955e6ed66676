// Which edges of a graph are change or consolidation.
#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "base/threads.h"
#include "flows/graph_builder.h"

namespace aml::flows {

namespace {

constexpr std::size_t kAddressesAtOnce = 4096;
// Where an address has more transfers in one second, nothing is marked: the time says little then.
constexpr std::size_t kMostInASecond = 256;

// Looks at what one address is paid in one second, and at what it pays then.
class Marker {
 public:
  Marker(const Graph& graph, const std::vector<std::uint64_t>& transactions,
         std::vector<std::uint8_t>& marks)
      : graph_(graph), transactions_(transactions), marks_(marks) {}

  // All rows of a transaction have one time, which is what makes this local. Of each edge exactly
  // one address is the dest, so no two threads meet.
  void mark(Address address) {
    const auto incoming = graph_.incoming(address);
    const auto outgoing = graph_.outgoing(address);
    std::size_t out = 0;
    for (std::size_t begin = 0, end = 0; begin < incoming.size(); begin = end) {
      const std::uint32_t second = incoming[begin].second;
      while (end < incoming.size() && incoming[end].second == second) ++end;
      while (out < outgoing.size() && outgoing[out].second < second) ++out;
      const bool pays_then = out < outgoing.size() && outgoing[out].second == second;
      if (!pays_then && end - begin == 1) continue;
      const EdgeId first_out = graph_.first_outgoing(address) + static_cast<EdgeId>(out);
      const std::size_t outs = run_length(outgoing.subspan(out), second);
      const auto ids = graph_.incoming_ids(address).subspan(begin, end - begin);
      if (outs <= kMostInASecond && ids.size() <= kMostInASecond) mark_change(ids, first_out, outs);
      if (ids.size() > 1 && ids.size() <= kMostInASecond) mark_consolidation(address, ids);
    }
  }

 private:
  static std::size_t run_length(std::span<const Edge> edges, std::uint32_t second) {
    std::size_t length = 0;
    while (length < edges.size() && edges[length].second == second) ++length;
    return length;
  }

  void mark_change(std::span<const EdgeId> ids, EdgeId first_out, std::size_t outs) {
    for (const EdgeId id : ids) {
      for (EdgeId out = first_out; transactions_[id] != 0 && out < first_out + outs; ++out) {
        if (transactions_[out] == transactions_[id]) marks_[id] |= kChange;
      }
    }
  }

  void mark_consolidation(Address address, std::span<const EdgeId> ids) {
    group_.assign(ids.begin(), ids.end());
    std::sort(group_.begin(), group_.end(), [&](EdgeId a, EdgeId b) {
      return std::pair(transactions_[a], a) < std::pair(transactions_[b], b);
    });
    for (std::size_t from = 0, to = 0; from < group_.size(); from = to) {
      const std::uint64_t transaction = transactions_[group_[from]];
      while (to < group_.size() && transactions_[group_[to]] == transaction) ++to;
      const std::span<const EdgeId> payments(group_.data() + from, to - from);
      // Edges are numbered by source.
      const bool has_several_payers =
          payments.size() > 1 && graph_.source(payments.front()) != graph_.source(payments.back());
      if (transaction == 0 || !has_several_payers) continue;
      if (!std::all_of(payments.begin(), payments.end(),
                       [&](EdgeId id) { return pays_only(address, id); })) {
        continue;
      }
      for (const EdgeId id : payments) marks_[id] |= kConsolidation;
    }
  }

  // True where the payer of that edge pays to nobody but the address in its transaction.
  bool pays_only(Address address, EdgeId id) const {
    const Address source = graph_.source(id);
    const auto row = graph_.outgoing(source);
    const EdgeId first = graph_.first_outgoing(source);
    const std::uint32_t second = graph_.edge(id).second;
    const auto same =
        std::equal_range(row.begin(), row.end(), Edge{0, second, 0},
                         [](const Edge& a, const Edge& b) { return a.second < b.second; });
    if (same.second - same.first > static_cast<std::ptrdiff_t>(kMostInASecond)) return false;
    for (auto edge = same.first; edge != same.second; ++edge) {
      const auto other_id = first + static_cast<EdgeId>(edge - row.begin());
      if (transactions_[other_id] == transactions_[id] && edge->other != address) return false;
    }
    return true;
  }

  const Graph& graph_;
  const std::vector<std::uint64_t>& transactions_;
  std::vector<std::uint8_t>& marks_;
  std::vector<EdgeId> group_;
};

}  // namespace

void GraphBuilder::mark() {
  if (!has_transactions_ || has_pairs_) return;
  graph_.marks_.assign(graph_.edges(), kNoMark);
  parallel_blocks(graph_.addresses(), kAddressesAtOnce, threads_,
                  [&](std::size_t begin, std::size_t end) {
                    Marker marker(graph_, transactions_, graph_.marks_);
                    for (std::size_t i = begin; i < end; ++i) marker.mark(static_cast<Address>(i));
                  });
  for (EdgeId id = 0; id < graph_.edges(); ++id) {
    if (!is_counted(graph_.edge(id).other)) continue;
    graph_.counts_.change += (graph_.marks_[id] & kChange) != 0;
    graph_.counts_.consolidation += (graph_.marks_[id] & kConsolidation) != 0;
  }
  std::vector<std::uint64_t>().swap(transactions_);
}

}  // namespace aml::flows
