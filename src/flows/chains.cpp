#include "flows/chains.h"

#include <algorithm>
#include <mutex>

#include "base/threads.h"

namespace aml::flows {

namespace {

constexpr std::size_t kAddressesAtOnce = 1024;
constexpr std::size_t kMostSuccessors = 16;
constexpr std::size_t kFewestPeels = 2;
constexpr std::size_t kMostPeels = 5;

bool counts(const Graph& graph, const Edge& edge, EdgeId id) {
  return edge.amount != kUnpriced && graph.marks(id) == kNoMark;
}

// Of edges in order of time, those after second `after` and up to `gap` later; the first of them
// where they are more than `most`.
std::span<const Edge> following(std::span<const Edge> edges, std::size_t& begin,
                                std::uint32_t after, std::uint32_t gap, std::size_t most) {
  while (begin < edges.size() && edges[begin].second <= after) ++begin;
  std::size_t end = begin;
  while (end < edges.size() && end - begin < most && edges[end].second - after <= gap) ++end;
  return edges.subspan(begin, end - begin);
}

void link_chains(const Graph& graph, const Settings& settings, Address address,
                 std::vector<Link>& links) {
  const auto in = graph.incoming(address);
  const auto ids = graph.incoming_ids(address);
  const auto out = graph.outgoing(address);
  const EdgeId first_out = graph.first_outgoing(address);
  std::size_t begin = 0;
  for (std::size_t i = 0; i < in.size() && !out.empty(); ++i) {
    const auto next =
        following(out, begin, in[i].second, settings.chain_gap_seconds, settings.most_transfers);
    if (next.empty() || !counts(graph, in[i], ids[i])) continue;
    std::size_t found = 0;
    for (std::size_t j = 0; j < next.size() && found < kMostSuccessors; ++j) {
      const EdgeId id = first_out + static_cast<EdgeId>(begin + j);
      if (!counts(graph, next[j], id) || next[j].other == in[i].other) continue;
      if (next[j].amount > in[i].amount) continue;
      if (static_cast<Wide>(next[j].amount) * 100 <
          static_cast<Wide>(in[i].amount) * settings.chain_percent) {
        continue;
      }
      links.push_back({ids[i], id});
      ++found;
    }
  }
}

void link_peeling(const Graph& graph, const Settings& settings, Address address,
                  std::vector<Link>& links) {
  const auto in = graph.incoming(address);
  const auto ids = graph.incoming_ids(address);
  const auto out = graph.outgoing(address);
  const EdgeId first_out = graph.first_outgoing(address);
  std::size_t begin = 0;
  for (std::size_t i = 0; i < in.size() && out.size() >= kFewestPeels; ++i) {
    const std::uint32_t gap = settings.chain_gap_seconds;
    const auto paid = following(out, begin, in[i].second, gap, kMostPeels + 1);
    const bool is_alone = (i == 0 || in[i].second - in[i - 1].second > gap) &&
                          (i + 1 == in.size() || in[i + 1].second - in[i].second > gap);
    if (!is_alone || !counts(graph, in[i], ids[i])) continue;
    if (paid.size() < kFewestPeels || paid.size() > kMostPeels) continue;
    Wide sum = 0;
    std::size_t largest = 0;
    bool all_count = true;
    for (std::size_t j = 0; j < paid.size(); ++j) {
      all_count &= counts(graph, paid[j], first_out + static_cast<EdgeId>(begin + j));
      sum += paid[j].amount;
      if (paid[j].amount > paid[largest].amount) largest = j;
    }
    const Wide amount = in[i].amount;
    if (!all_count || sum > amount || sum * 10 < amount * 9) continue;
    if (static_cast<Wide>(paid[largest].amount) * 10 < amount * 7) continue;
    links.push_back({ids[i], first_out + static_cast<EdgeId>(begin + largest)});
  }
}

// The links of all addresses, and what follows from them.
template <typename LinkOne>
Chains find(const Graph& graph, const Settings& settings, int threads, LinkOne link_one) {
  Chains chains;
  std::mutex mutex;
  parallel_blocks(graph.addresses(), kAddressesAtOnce, threads,
                  [&](std::size_t begin, std::size_t end) {
                    throw_if_stop_requested();
                    std::vector<Link> own;
                    for (std::size_t i = begin; i < end; ++i) {
                      link_one(graph, settings, static_cast<Address>(i), own);
                    }
                    const std::lock_guard lock(mutex);
                    chains.links.insert(chains.links.end(), own.begin(), own.end());
                  });
  const auto second = [&](EdgeId id) { return graph.edge(id).second; };
  const auto longer = [&](std::uint8_t& length, std::uint8_t other) {
    const int found = std::min<int>(other + 1, settings.longest_chain);
    length = std::max(length, static_cast<std::uint8_t>(found));
  };
  // A link's later transfer is later by a second at least, so that in this order all that follows
  // from a transfer is known when it is needed.
  std::sort(chains.links.begin(), chains.links.end(),
            [&](const Link& a, const Link& b) { return second(a.from) > second(b.from); });
  chains.forward.assign(graph.edges(), 1);
  for (const Link& link : chains.links) longer(chains.forward[link.from], chains.forward[link.to]);
  std::sort(chains.links.begin(), chains.links.end(),
            [&](const Link& a, const Link& b) { return second(a.to) < second(b.to); });
  chains.backward.assign(graph.edges(), 1);
  for (const Link& link : chains.links)
    longer(chains.backward[link.to], chains.backward[link.from]);
  std::sort(chains.links.begin(), chains.links.end(), [](const Link& a, const Link& b) {
    return a.from != b.from ? a.from < b.from : a.to < b.to;
  });
  return chains;
}

}  // namespace

Chains find_chains(const Graph& graph, const Settings& settings, int threads) {
  return find(graph, settings, threads, link_chains);
}

Chains find_peeling(const Graph& graph, const Settings& settings, int threads) {
  return find(graph, settings, threads, link_peeling);
}

void for_each_peel(const Graph& graph, const Settings& settings, const Link& link,
                   const std::function<void(const Edge&)>& on_peel) {
  const Edge& received = graph.edge(link.from);
  const auto out = graph.outgoing(received.other);
  std::size_t begin = std::upper_bound(out.begin(), out.end(), received.second,
                                       [](std::uint32_t second, const Edge& edge) {
                                         return second < edge.second;
                                       }) -
                      out.begin();
  const EdgeId first = graph.first_outgoing(received.other);
  const auto paid =
      following(out, begin, received.second, settings.chain_gap_seconds, kMostPeels + 1);
  for (std::size_t i = 0; i < paid.size(); ++i) {
    if (first + static_cast<EdgeId>(begin + i) != link.to) on_peel(paid[i]);
  }
}

}  // namespace aml::flows
