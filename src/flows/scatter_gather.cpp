// Ways of two transfers that share both ends are what makes a pattern, and few do. So all ways are
// walked twice: first every pair of ends sets a bit, and a second bit where the first was set, then
// only ways whose ends have the second bit are kept, sorted by their ends and looked at. The walks
// go from address to address in order and touch nothing else; the bits fit a processor's cache.
#include "flows/scatter_gather.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <mutex>
#include <tuple>
#include <vector>

#include "base/threads.h"
#include "flows/two_hops.h"

namespace aml::flows {

namespace {

constexpr std::size_t kAddressesAtOnce = 1024;
// Ways that are kept at a time, about 28 bytes each.
constexpr std::size_t kMostWays = 4'000'000;

std::uint64_t hash_of(const Way& way) {
  std::uint64_t hash = (std::uint64_t{way.source} << 32 | way.sink) * 0x9E3779B97F4A7C15ull;
  return (hash ^ hash >> 29) * 0xBF58476D1CE4E5B9ull;
}

// Which pairs of ends came once, and which more than once; may take some for others.
class Repetitions {
 public:
  explicit Repetitions(std::size_t edges)
      : shift_(64 - std::clamp<int>(std::bit_width(edges) + 3, 16, 30)),
        once_(std::size_t{1} << (64 - shift_ - 6)),
        again_(once_.size()) {}

  // True where the pair may have come before.
  bool add(std::uint64_t hash) {
    const std::uint64_t place = hash >> shift_;
    const std::uint64_t bit = std::uint64_t{1} << place % 64;
    if ((once_[place / 64].load(std::memory_order_relaxed) & bit) == 0 &&
        (once_[place / 64].fetch_or(bit, std::memory_order_relaxed) & bit) == 0) {
      return false;
    }
    if ((again_[place / 64].load(std::memory_order_relaxed) & bit) == 0) {
      again_[place / 64].fetch_or(bit, std::memory_order_relaxed);
    }
    return true;
  }
  bool has(std::uint64_t hash) const {
    const std::uint64_t place = hash >> shift_;
    return again_[place / 64].load(std::memory_order_relaxed) >> place % 64 & 1;
  }

 private:
  int shift_;
  std::vector<std::atomic<std::uint64_t>> once_;
  std::vector<std::atomic<std::uint64_t>> again_;
};

// All ways between one source and one sink, in order of time.
class PairOfEnds {
 public:
  PairOfEnds(const Question& question, const std::function<void(const ScatterGather&)>& found)
      : question_(question), found_(found) {}

  void look_at(std::span<const Way> ways) {
    middles_.clear();
    for (std::size_t begin = 0, end = 0; begin < ways.size(); begin = end) {
      // Ways that one transfer completes have one middle; the latest of their earlier ones counts.
      std::uint32_t earlier = 0;
      while (end < ways.size() && ways[end].later == ways[begin].later) {
        earlier = std::max(earlier, ways[end++].earlier_second);
      }
      note(ways[begin].middle, earlier);
      if (question_.owned.contains(ways[begin].second)) tell(ways[begin]);
    }
  }

 private:
  struct Middle {
    Address address = 0;
    std::uint32_t earlier_second = 0;  // of its best way: the later, the longer it counts
  };

  void note(Address address, std::uint32_t earlier) {
    for (Middle& middle : middles_) {
      if (middle.address != address) continue;
      middle.earlier_second = std::max(middle.earlier_second, earlier);
      return;
    }
    middles_.push_back({address, earlier});
  }

  void tell(const Way& way) {
    const std::uint32_t horizon = question_.settings.scatter_seconds;
    const std::uint32_t begin = way.second > horizon ? way.second - horizon : 0;
    // What is over counts for no later transfer either.
    std::erase_if(middles_, [&](const Middle& one) { return one.earlier_second < begin; });
    if (middles_.size() < 2) return;
    addresses_.assign(1, way.middle);
    std::uint32_t first = way.second;
    for (const Middle& one : middles_) {
      if (one.address != way.middle) addresses_.push_back(one.address);
      first = std::min(first, one.earlier_second);
    }
    found_({way.source, way.sink, addresses_, way.later, way.gathers, first});
  }

  const Question& question_;
  const std::function<void(const ScatterGather&)>& found_;
  std::vector<Middle> middles_;
  std::vector<Address> addresses_;
};

bool by_ends(const Way& a, const Way& b) {
  return std::tie(a.source, a.sink, a.second, a.later) <
         std::tie(b.source, b.sink, b.second, b.later);
}

void look_at_all(const Question& question, std::vector<Way>& ways,
                 const std::function<void(const ScatterGather&)>& found) {
  std::sort(ways.begin(), ways.end(), by_ends);
  PairOfEnds pair(question, found);
  for (std::size_t begin = 0, end = 0; begin < ways.size(); begin = end) {
    bool are_several = false;
    while (end < ways.size() && ways[end].source == ways[begin].source &&
           ways[end].sink == ways[begin].sink) {
      are_several |= ways[end++].middle != ways[begin].middle;
    }
    if (are_several) pair.look_at({ways.data() + begin, end - begin});
  }
}

}  // namespace

void find_scatter_gathers(const Question& question,
                          const std::function<void(const ScatterGather&)>& found) {
  const Graph& graph = question.graph;
  const std::uint32_t horizon = question.settings.scatter_seconds;
  Repetitions repetitions(graph.edges());
  const auto walk_all = [&](auto per_block) {
    parallel_blocks(graph.addresses(), kAddressesAtOnce, question.threads,
                    [&](std::size_t begin, std::size_t end) {
                      throw_if_stop_requested();
                      per_block(static_cast<Address>(begin), static_cast<Address>(end));
                    });
  };
  std::atomic<std::size_t> ways{0};
  walk_all([&](Address begin, Address end) {
    std::size_t count = 0;
    for (Address middle = begin; middle < end; ++middle) {
      walk_ways(graph, middle, horizon,
                [&](const Way& way) { count += repetitions.add(hash_of(way)); });
    }
    ways += count;
  });
  // A share of the pairs at a time, so that memory has a bound however many there are.
  const std::size_t shares = std::bit_ceil(2 * ways / kMostWays + 1);
  for (std::size_t share = 0; share < shares; ++share) {
    constexpr std::size_t kParts = 64;  // by ends, to be sorted side by side
    std::array<std::vector<Way>, kParts> parts;
    std::mutex mutex;
    walk_all([&](Address begin, Address end) {
      std::array<std::vector<Way>, kParts> own;
      for (Address middle = begin; middle < end; ++middle) {
        walk_ways(graph, middle, horizon, [&](const Way& way) {
          const std::uint64_t hash = hash_of(way);
          if (!repetitions.has(hash) || (hash / kParts) % shares != share) return;
          own[hash % kParts].push_back(way);
        });
      }
      const std::lock_guard lock(mutex);
      for (std::size_t i = 0; i < kParts; ++i) {
        parts[i].insert(parts[i].end(), own[i].begin(), own[i].end());
      }
    });
    parallel_blocks(kParts, 1, question.threads, [&](std::size_t part, std::size_t) {
      look_at_all(question, parts[part], found);
    });
  }
}

}  // namespace aml::flows
