#include "flows/pattern_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include "base/hash.h"
#include "flows/chains.h"
#include "flows/cycles.h"
#include "flows/scatter_gather.h"
#include "flows/services.h"

namespace aml::flows {

namespace {

// Less than these is chance, and would fill the list.
constexpr std::size_t kShortest = 3;
constexpr std::size_t kFewestInTheMiddle = 3;

bool precedes(const Pattern& a, const Pattern& b) {
  return std::tie(a.type, a.first_second, a.last_second, a.ways) <
         std::tie(b.type, b.first_second, b.last_second, b.ways);
}

// Keeps the first `most` of what comes from any thread in any order.
class Collection {
 public:
  explicit Collection(std::size_t most) : most_(most) {}

  void add(Pattern pattern) {
    const std::lock_guard lock(mutex_);
    ++count_;
    patterns_.push_back(std::move(pattern));
    if (patterns_.size() >= 2 * most_ + 1024) cut();
  }
  PatternList take() {
    cut();
    std::sort(patterns_.begin(), patterns_.end(), precedes);
    const auto left_out = static_cast<std::int64_t>(count_ - patterns_.size());
    return {std::move(patterns_), left_out};
  }

 private:
  void cut() {
    if (patterns_.size() <= most_) return;
    const auto end = patterns_.begin() + static_cast<std::ptrdiff_t>(most_);
    std::nth_element(patterns_.begin(), end, patterns_.end(), precedes);
    patterns_.erase(end, patterns_.end());
  }

  std::size_t most_;
  std::mutex mutex_;
  std::size_t count_ = 0;
  std::vector<Pattern> patterns_;
};

// Transfers one after the other.
Pattern along(const Graph& graph, PatternType type, std::span<const EdgeId> transfers) {
  Pattern pattern;
  pattern.type = type;
  pattern.ways.emplace_back(1, graph.source(transfers[0]));
  for (const EdgeId id : transfers) pattern.ways[0].push_back(graph.edge(id).other);
  pattern.transfers = static_cast<std::int64_t>(transfers.size());
  pattern.amount = std::max<std::int64_t>(0, graph.edge(transfers[0]).amount);
  pattern.first_second = graph.edge(transfers.front()).second;
  pattern.last_second = graph.last_second(transfers.back());
  return pattern;
}

void list_cycles(const Question& question, Collection& collection) {
  find_cycles(question, order_for(question.graph), [&](const Cycle& cycle) {
    if (cycle.transfers.size() < kShortest) return;
    Pattern pattern = along(question.graph, PatternType::cycle, cycle.transfers);
    if (!question.graph.has_transfers()) {
      for (const EdgeId id : cycle.transfers) {
        const std::uint32_t second = question.graph.edge(id).second;
        pattern.first_second = std::min(pattern.first_second, second);
        pattern.last_second = std::max(pattern.last_second, question.graph.last_second(id));
      }
    }
    collection.add(std::move(pattern));
  });
}

struct LargestFan {
  std::vector<Address> middle;
  EdgeId completing = 0;
};

// The last edge of a row that is paid to the address and known when the pattern is complete.
const Edge* last_to(const Graph& graph, Address source, Address dest, EdgeId completing) {
  const auto row = graph.outgoing(source);
  const EdgeId first = graph.first_outgoing(source);
  const std::uint32_t second = graph.edge(completing).second;
  const Edge* last = nullptr;
  for (std::size_t i = 0; i < row.size() && row[i].second <= second; ++i) {
    if (row[i].second == second && first + static_cast<EdgeId>(i) > completing) break;
    if (row[i].other == dest) last = &row[i];
  }
  return last;
}

Pattern fan_pattern(const Graph& graph, Address source, Address sink, LargestFan fan) {
  Pattern pattern;
  pattern.type = PatternType::scatter_gather;
  pattern.transfers = 2 * static_cast<std::int64_t>(fan.middle.size());
  pattern.first_second = std::numeric_limits<std::uint32_t>::max();
  std::sort(fan.middle.begin(), fan.middle.end());
  for (const Address middle : fan.middle) {
    pattern.ways.push_back({source, middle, sink});
    const Edge* const scattered = last_to(graph, source, middle, fan.completing);
    const Edge* const gathered = last_to(graph, middle, sink, fan.completing);
    for (const Edge* const edge : {scattered, gathered}) {
      pattern.first_second = std::min(pattern.first_second, edge->second);
      pattern.last_second = std::max(pattern.last_second, edge->second);
    }
    pattern.amount = saturating_sum(pattern.amount, std::max<std::int64_t>(0, scattered->amount));
  }
  return pattern;
}

void list_scatter_gathers(const Question& question, Collection& collection) {
  std::mutex mutex;
  std::map<std::pair<Address, Address>, LargestFan> largest;
  // All of one pair of ends come in order of time, so the first of the largest stays.
  find_scatter_gathers(question, [&](const ScatterGather& found) {
    if (found.middle.size() < kFewestInTheMiddle) return;
    const std::lock_guard lock(mutex);
    LargestFan& fan = largest[{found.source, found.sink}];
    if (found.middle.size() <= fan.middle.size()) return;
    fan = {{found.middle.begin(), found.middle.end()}, found.completing};
  });
  for (auto& [ends, fan] : largest) {
    collection.add(fan_pattern(question.graph, ends.first, ends.second, std::move(fan)));
  }
}

// Of the links of a transfer the one that goes on longest; of those the first in order.
const Link* best_link(const Graph& graph, const Chains& chains, EdgeId from) {
  const Link* best = nullptr;
  const auto order = [&](const Link& link) {
    return std::tuple(-chains.forward[link.to], graph.edge(link.to).second, link.to);
  };
  auto link = std::lower_bound(chains.links.begin(), chains.links.end(), from,
                               [](const Link& one, EdgeId id) { return one.from < id; });
  for (; link != chains.links.end() && link->from == from; ++link) {
    if (best == nullptr || order(*link) < order(*best)) best = &*link;
  }
  return best;
}

void list_chains(const Question& question, const Chains& chains, PatternType type,
                 Collection& collection) {
  const Graph& graph = question.graph;
  for (EdgeId id = 0; id < graph.edges(); ++id) {
    if (chains.backward[id] > 1 || chains.forward[id] < kShortest) continue;
    if (!question.owns(graph.edge(id))) continue;
    std::vector<EdgeId> transfers{id};
    const auto longest = static_cast<std::size_t>(question.settings.longest_chain);
    for (const Link* link = best_link(graph, chains, id);
         link != nullptr && transfers.size() < longest;
         link = best_link(graph, chains, transfers.back())) {
      transfers.push_back(link->to);
    }
    collection.add(along(graph, type, transfers));
  }
}

}  // namespace

std::string_view name_of(PatternType type) {
  switch (type) {
    case PatternType::cycle:
      return "cycle";
    case PatternType::scatter_gather:
      return "scatter_gather";
    case PatternType::chain:
      return "chain";
    case PatternType::peeling:
      return "peeling";
  }
  return "";
}

std::string pattern_id(const Graph& graph, const Pattern& pattern) {
  constexpr std::size_t kDigits = 32;
  std::string text = fmt::format("{} {} {} {} {}\n", name_of(pattern.type), pattern.transfers,
                                 pattern.amount, pattern.first_second, pattern.last_second);
  // The order of numbers is that of hashes, which is the same in every file.
  for (const auto& way : pattern.ways) {
    for (const Address address : way) {
      const std::string_view name = graph.text(address);
      text += fmt::format("{}:{}", name.size(), name);
    }
    text += '\n';
  }
  return hash_text(HashKind::sha256, text).substr(0, kDigits);
}

PatternList list_patterns(const Question& question, std::size_t most) {
  Collection collection(most);
  const Graph graph = without_services(question.graph, question.settings);
  const Question without{graph, question.owned, question.threads,
                         settings_for(graph, question.settings)};
  list_cycles(without, collection);
  list_scatter_gathers(without, collection);
  if (graph.has_transfers()) {
    list_chains(without, find_chains(graph, question.settings, question.threads),
                PatternType::chain, collection);
    list_chains(question, find_peeling(question.graph, question.settings, question.threads),
                PatternType::peeling, collection);
  }
  return collection.take();
}

}  // namespace aml::flows
