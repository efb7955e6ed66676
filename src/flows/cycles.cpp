#include "flows/cycles.h"

#include <algorithm>
#include <atomic>
#include <limits>

#include "base/threads.h"

namespace aml::flows {

namespace {

// Up to so many edges are compared with each other to pass over parallel ones; beyond, a map does.
constexpr std::size_t kFewEdges = 16;
// Labels tell of so many hops whether they lead to the end.
constexpr int kLabelledHops = 2;

// Of edges in order of time, those from second `begin` on and before `end`.
std::span<const Edge> between(std::span<const Edge> edges, std::uint64_t begin, std::uint64_t end) {
  if (edges.empty() || edges.front().second >= end || edges.back().second < begin) return {};
  if (edges.size() <= kFewEdges) {
    auto from = edges.begin();
    auto to = edges.end();
    while (from != to && from->second < begin) ++from;
    while (to != from && (to - 1)->second >= end) --to;
    return {from, to};
  }
  const auto earlier = [](const Edge& edge, std::uint64_t second) { return edge.second < second; };
  const auto from = std::lower_bound(edges.begin(), edges.end(), begin, earlier);
  return {from, std::lower_bound(from, edges.end(), end, earlier)};
}

}  // namespace

CycleSearch::CycleSearch(const Graph& graph, const Settings& settings, CycleOrder order)
    : graph_(graph), settings_(settings), order_(order) {
  path_.reserve(kLongestCycle);
  transfers_.reserve(kLongestCycle);
}

void CycleSearch::search(Address last, Address first, EdgeId closing,
                         const std::function<void(const Cycle&)>& found) {
  first_ = first;
  last_ = last;
  closing_ = closing;
  end_ = graph_.edge(closing).second;
  begin_ = end_ > settings_.cycle_seconds ? end_ - settings_.cycle_seconds : 0;
  steps_ = 0;
  if (between(graph_.outgoing(first), begin_, std::uint64_t{end_} + 1).empty() || !label_back()) {
    return;
  }
  found_ = &found;
  path_.assign(1, first);
  transfers_.clear();
  extend(begin_, settings_.longest_cycle - 1);
}

// Of who pays the address before that second: the latest second of it.
void CycleSearch::label(Address address, std::uint64_t before, SmallMap& labels) {
  const auto row = graph_.incoming(address);
  const auto edges = between(row, begin_, before);
  if (edges.empty()) return;
  const auto ids = graph_.incoming_ids(address).subspan(edges.data() - row.data());
  for (std::size_t i = 0; i < edges.size(); ++i) {
    if (!is_known(edges[i], ids[i])) continue;
    // In whatever order: as if it were later than everything.
    const std::uint32_t second = order_ == CycleOrder::temporal
                                     ? edges[i].second
                                     : std::numeric_limits<std::uint32_t>::max();
    bool is_new = false;
    std::uint32_t& latest = labels.insert(edges[i].other, second, is_new);
    latest = std::max(latest, second);
    if (is_new && &labels == &by_one_) labelled_.push_back(edges[i].other);
    ++steps_;
  }
}

// False where nothing is paid to last_.
bool CycleSearch::label_back() {
  by_one_.clear();
  by_two_.clear();
  labelled_.clear();
  label(last_, std::uint64_t{end_} + 1, by_one_);
  if (settings_.longest_cycle < 3) return !labelled_.empty();
  for (const Address address : labelled_) graph_.prefetch_incoming(address);
  for (const Address address : labelled_) {
    if (address == first_) continue;
    label(address, std::min<std::uint64_t>(*by_one_.find(address), std::uint64_t{end_} + 1),
          by_two_);
  }
  return !labelled_.empty();
}

// True unless no way of so many transfers leads from the address to last_ after the second.
bool CycleSearch::may_reach(Address address, std::uint32_t second, int hops) {
  if (hops == 0) return false;
  const std::uint32_t* const one = by_one_.find(address);
  if (one != nullptr && *one > second) return true;
  if (hops == 1) return false;
  const std::uint32_t* const two = by_two_.find(address);
  if (two != nullptr && *two > second) return true;
  return hops > kLabelledHops;
}

// From the end of the path by transfers from second `begin` on, at most `hops` of them.
void CycleSearch::extend(std::uint64_t begin, int hops) {
  const Address at = path_.back();
  const auto row = graph_.outgoing(at);
  const auto edges = between(row, begin, std::uint64_t{end_} + 1);
  const EdgeId first_id = graph_.first_outgoing(at) +
                          (edges.empty() ? 0 : static_cast<EdgeId>(edges.data() - row.data()));
  SmallMap& seen = seen_[static_cast<std::size_t>(hops)];  // of many edges
  if (edges.size() > kFewEdges) seen.clear();
  if (hops > kLabelledHops + 1) {
    for (const Edge& edge : edges) graph_.prefetch_outgoing(edge.other);
  }
  for (std::size_t i = 0; i < edges.size(); ++i) {
    if (steps_ > settings_.most_steps) return;
    if (++steps_ > settings_.most_steps) {
      ++cut_searches_;
      return;
    }
    if (!is_known(edges[i], first_id + static_cast<EdgeId>(i))) continue;
    const Address to = edges[i].other;
    // What is paid first is best: of parallel transfers only that one is followed.
    bool is_first = true;
    if (edges.size() > kFewEdges) {
      seen.insert(to, 0, is_first);
    } else {
      for (std::size_t j = 0; j < i && is_first; ++j) is_first = edges[j].other != to;
    }
    if (is_first) leave(edges[i], first_id + static_cast<EdgeId>(i), hops);
  }
}

void CycleSearch::leave(const Edge& edge, EdgeId id, int hops) {
  if (edge.other == last_) {
    transfers_.push_back(id);
    transfers_.push_back(closing_);
    path_.push_back(last_);
    (*found_)({transfers_, path_});
    path_.pop_back();
    transfers_.resize(transfers_.size() - 2);
    return;
  }
  if (!may_reach(edge.other, edge.second, hops - 1)) return;
  if (std::find(path_.begin(), path_.end(), edge.other) != path_.end()) return;
  transfers_.push_back(id);
  path_.push_back(edge.other);
  extend(order_ == CycleOrder::temporal ? std::uint64_t{edge.second} + 1 : begin_, hops - 1);
  path_.pop_back();
  transfers_.pop_back();
}

CycleOrder order_for(const Graph& graph) {
  return graph.has_transfers() ? CycleOrder::temporal : CycleOrder::simple;
}

namespace {

// Those transfers to an address that may close a cycle: the address paid something within the
// horizon before them.
void find_closing(const Question& question, Address first, std::vector<std::size_t>& closing) {
  const auto in = question.graph.incoming(first);
  const auto out = question.graph.outgoing(first);
  closing.clear();
  std::size_t at = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const std::uint32_t horizon = question.settings.cycle_seconds;
    const std::uint32_t begin = in[i].second > horizon ? in[i].second - horizon : 0;
    while (at < out.size() && out[at].second < begin) ++at;
    if (at == out.size()) return;
    if (out[at].second <= in[i].second && question.owns(in[i])) closing.push_back(i);
  }
}

}  // namespace

std::int64_t find_cycles(const Question& question, CycleOrder order,
                         const std::function<void(const Cycle&)>& found) {
  constexpr std::size_t kAddressesAtOnce = 512;
  constexpr std::size_t kAhead = 6;  // searches ahead of which memory is asked for
  const Graph& graph = question.graph;
  std::atomic<std::int64_t> cut{0};
  parallel_blocks(graph.addresses(), kAddressesAtOnce, question.threads,
                  [&](std::size_t begin, std::size_t end) {
                    throw_if_stop_requested();
                    CycleSearch search(graph, question.settings, order);
                    std::vector<std::size_t> closing;
                    for (std::size_t i = begin; i < end; ++i) {
                      const auto first = static_cast<Address>(i);
                      const auto in = graph.incoming(first);
                      const auto ids = graph.incoming_ids(first);
                      find_closing(question, first, closing);
                      for (std::size_t k = 0; k < closing.size(); ++k) {
                        if (k + kAhead < closing.size()) {
                          graph.prefetch_incoming(in[closing[k + kAhead]].other);
                        }
                        search.search(in[closing[k]].other, first, ids[closing[k]], found);
                      }
                    }
                    cut += search.cut_searches();
                  });
  return cut;
}

}  // namespace aml::flows
