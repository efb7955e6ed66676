#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <numeric>
#include <set>
#include <vector>

#include "example.h"
#include "flows/feature.h"

// The features once more, as plainly as they can be written: each looks at everything.
namespace aml::flows::slow {

struct Transfer {
  Address source = 0;
  Address dest = 0;
  std::uint32_t second = 0;
  std::int64_t amount = 0;
  EdgeId id = 0;
  std::uint8_t marks = 0;

  // In order of time; of one second by number.
  friend bool operator<(const Transfer& a, const Transfer& b) {
    return a.second != b.second ? a.second < b.second : a.id < b.id;
  }
};
using Transfers = std::vector<Transfer>;

// All transfers of a graph, and those of each address.
struct World {
  Transfers all;
  std::map<Address, Transfers> in;
  std::map<Address, Transfers> out;

  explicit World(const Graph& graph) {
    EdgeId id = 0;
    for (Address source = 0; source < graph.addresses(); ++source) {
      for (const Edge& edge : graph.outgoing(source)) {
        all.push_back({source, edge.other, edge.second, edge.amount, id, graph.marks(id)});
        ++id;
      }
    }
    index();
  }
  explicit World(Transfers transfers) : all(std::move(transfers)) { index(); }

 private:
  void index() {
    std::sort(all.begin(), all.end());
    for (const Transfer& one : all) {
      in[one.dest].push_back(one);
      out[one.source].push_back(one);
    }
  }
};

// Those of seconds from `begin` to `end`, both included.
inline Transfers between(const Transfers& transfers, std::int64_t begin, std::int64_t end) {
  Transfers found;
  for (const Transfer& one : transfers) {
    if (one.second >= begin && one.second <= end) found.push_back(one);
  }
  return found;
}

inline bool is_busy(const Transfers& transfers, const Transfer& one, const Settings& settings) {
  const std::int64_t at = one.second;
  const std::int64_t span = settings.service_seconds;
  std::size_t before = 0;  // in the order of the list, with itself
  std::size_t after = 0;
  bool is_past = false;
  for (const Transfer& other : transfers) {
    if (other.id == one.id) {
      is_past = true;
      ++before;
      ++after;
    } else if (is_past) {
      after += other.second <= at + span;
    } else {
      before += other.second >= at - span;
    }
  }
  return before > settings.most_transfers || after > settings.most_transfers;
}

inline World without_services(const World& world, const Settings& settings) {
  Transfers kept;
  for (const Transfer& one : world.all) {
    if (is_busy(world.out.at(one.source), one, settings)) continue;
    if (is_busy(world.in.at(one.dest), one, settings)) continue;
    kept.push_back(one);
  }
  return World(kept);
}

// Every cycle that a transfer closes, as the addresses from the one that is paid.
inline void extend(const World& world, const Transfer& closing, const Settings& settings,
                   bool in_order, std::vector<Address>& path, std::int64_t after,
                   std::set<std::vector<Address>>& found) {
  if (static_cast<int>(path.size()) >= settings.longest_cycle) return;
  const auto row = world.out.find(path.back());
  if (row == world.out.end()) return;
  const std::int64_t begin = std::int64_t{closing.second} - settings.cycle_seconds;
  for (const Transfer& one : row->second) {
    if (one.second < begin || !(one < closing)) continue;
    if (in_order && (one.second <= after || one.second >= closing.second)) continue;
    if (one.dest == closing.source) {
      path.push_back(one.dest);
      found.insert(path);
      path.pop_back();
    } else if (std::find(path.begin(), path.end(), one.dest) == path.end()) {
      path.push_back(one.dest);
      extend(world, closing, settings, in_order, path, one.second, found);
      path.pop_back();
    }
  }
}

inline std::set<std::vector<Address>> cycles(const World& world, const Transfer& closing,
                                             const Settings& settings, bool in_order = true) {
  std::set<std::vector<Address>> found;
  std::vector<Address> path{closing.dest};
  extend(world, closing, settings, in_order, path, -1, found);
  return found;
}

struct Fan {
  Address source = 0;
  Address sink = 0;
  std::set<Address> middle;
  Address completing = 0;  // in the middle
};

// Every scatter-gather that a transfer completes.
inline std::vector<Fan> scatter_gathers(const World& world, const Transfer& last,
                                        const Settings& settings) {
  const std::int64_t begin = std::int64_t{last.second} - settings.scatter_seconds;
  const auto known = [&](const std::map<Address, Transfers>& rows, Address address) {
    Transfers found;
    const auto row = rows.find(address);
    if (row == rows.end()) return found;
    for (const Transfer& one : row->second) {
      if (one.second >= begin && !(last < one)) found.push_back(one);
    }
    return found;
  };
  const auto middle_of = [&](Address source, Address sink) {
    std::set<Address> paid;
    std::set<Address> both;
    for (const Transfer& one : known(world.out, source)) paid.insert(one.dest);
    for (const Transfer& one : known(world.in, sink)) {
      if (paid.contains(one.source) && one.source != source && one.source != sink) {
        both.insert(one.source);
      }
    }
    both.erase(sink);
    return both;
  };
  std::vector<Fan> found;
  std::set<Address> ends;
  for (const Transfer& one : known(world.in, last.source)) ends.insert(one.source);
  ends.erase(last.dest);
  for (const Address source : ends) {
    const auto middle = middle_of(source, last.dest);
    if (middle.size() > 1) found.push_back({source, last.dest, middle, last.source});
  }
  ends.clear();
  for (const Transfer& one : known(world.out, last.dest)) ends.insert(one.dest);
  ends.erase(last.source);
  for (const Address sink : ends) {
    const auto middle = middle_of(last.source, sink);
    if (middle.size() > 1) found.push_back({last.source, sink, middle, last.dest});
  }
  return found;
}

inline bool counts(const Transfer& one) { return one.amount != kUnpriced && one.marks == kNoMark; }

// Transfers of the longest chain from the transfer on, or with `backwards` up to it.
inline int longest_chain(const World& world, const Transfer& one, const Settings& settings,
                         bool backwards, int limit) {
  if (limit == 1 || !counts(one)) return 1;
  int longest = 1;
  const auto& rows = backwards ? world.in : world.out;
  const auto row = rows.find(backwards ? one.source : one.dest);
  if (row == rows.end()) return 1;
  for (const Transfer& other : row->second) {
    const Transfer& first = backwards ? other : one;
    const Transfer& next = backwards ? one : other;
    const std::int64_t gap = std::int64_t{next.second} - first.second;
    if (gap <= 0 || gap > settings.chain_gap_seconds || !counts(other)) continue;
    if (next.dest == first.source || next.amount > first.amount) continue;
    if (next.amount * 100 < first.amount * settings.chain_percent) continue;
    longest = std::max(longest, 1 + longest_chain(world, other, settings, backwards, limit - 1));
  }
  return longest;
}

// What is paid where a transfer is peeled: first what goes on, then what is peeled off; or nothing.
inline Transfers peeling(const World& world, const Transfer& one, const Settings& settings) {
  const std::int64_t gap = settings.chain_gap_seconds;
  const std::int64_t at = one.second;
  if (between(world.in.at(one.dest), at - gap, at + gap).size() > 1 || !counts(one)) return {};
  const auto row = world.out.find(one.dest);
  if (row == world.out.end()) return {};
  Transfers paid = between(row->second, at + 1, at + gap);
  if (paid.size() < 2 || paid.size() > 5) return {};
  std::int64_t sum = 0;
  for (const Transfer& other : paid) {
    if (!counts(other)) return {};
    sum += other.amount;
  }
  std::stable_sort(paid.begin(), paid.end(),
                   [](const Transfer& a, const Transfer& b) { return a.amount > b.amount; });
  if (sum > one.amount || sum * 10 < one.amount * 9 || paid[0].amount * 10 < one.amount * 7) {
    return {};
  }
  return paid;
}

}  // namespace aml::flows::slow
