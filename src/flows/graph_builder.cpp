#include "flows/graph_builder.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/free_memory.h"
#include "base/threads.h"
#include "flows/make_graph.h"

namespace aml::flows {

namespace {

// From so many rows on, what has become of rows is given back before the next are made of others:
// else both are in memory to the end. Fewer cost more time than memory.
constexpr std::uint64_t kManyRows = 10'000'000;
constexpr std::size_t kPartsToGiveBack = 8;

void add_counts(LoadCounts& sum, const LoadCounts& part) {
  sum.without_address += part.without_address;
  sum.self_transfers += part.self_transfers;
  sum.negative_amounts += part.negative_amounts;
  sum.without_transfers += part.without_transfers;
  sum.without_time += part.without_time;
  sum.kept += part.kept;
  sum.out_of_order += part.out_of_order;
}

template <typename T>
void move_to_end(std::vector<T>& all, std::vector<T>& part) {
  all.insert(all.end(), part.begin(), part.end());
  std::vector<T>().swap(part);
}

}  // namespace

GraphBuilder::GraphBuilder(std::vector<TransferShard> shards, int threads, const AddressPart* part)
    : shards_(std::move(shards)), threads_(threads), part_(part) {
  for (TransferShard& shard : shards_) {
    add_counts(graph_.counts_, shard.counts_);
    appended_ += shard.appended_;
    has_pairs_ |= shard.has_pairs_;
    has_transactions_ |= shard.has_transactions_;
    pair_begin_.push_back(pairs_.size());
    move_to_end(pairs_, shard.pairs_);
  }
  graph_.is_pairs_ = has_pairs_;
  if (appended_ > std::numeric_limits<EdgeId>::max()) {
    throw Error(ErrorKind::bad_input, "there are more money flows than 32 bits can number");
  }
}

void GraphBuilder::number_addresses() {
  auto book = std::make_shared<AddressBook>();
  if (!shards_.empty()) std::swap(*book, shards_[0].book_);
  renumbered_.resize(shards_.size());
  for (std::size_t i = 1; i < shards_.size(); ++i) {
    constexpr std::size_t kAtOnce = 4096;
    const AddressBook& other = shards_[i].book_;
    renumbered_[i].resize(other.size());
    std::vector<std::string_view> texts;
    std::vector<std::uint64_t> hashes;
    for (std::size_t begin = 0; begin < other.size(); begin += kAtOnce) {
      const std::size_t end = std::min(other.size(), begin + kAtOnce);
      texts.clear();
      hashes.clear();
      for (std::size_t at = begin; at < end; ++at) {
        texts.push_back(other.text(static_cast<Address>(at)));
        hashes.push_back(other.hash(static_cast<Address>(at)));
      }
      book->number(texts, hashes, std::span(renumbered_[i]).subspan(begin, end - begin));
    }
    shards_[i].book_ = AddressBook();
  }
  const std::vector<Address> arranged = book->arrange();
  if (!shards_.empty()) renumbered_[0] = arranged;
  for (std::size_t i = 1; i < shards_.size(); ++i) {
    for (Address& number : renumbered_[i]) number = arranged[number];
  }
  Address address = 0;
  for (std::size_t part = 0; part <= kParts; ++part) {
    while (address < book->size() &&
           book->hash(address) >> (64 - TransferShard::kPartBits) < part) {
      ++address;
    }
    part_begin_[part] = address;
  }
  graph_.book_ = std::move(book);
  if (appended_ >= kManyRows) give_back_free_memory();
}

// Of all shards, with the graph's numbers; the shards' own are given free.
std::vector<GraphBuilder::Row> GraphBuilder::take_rows(std::size_t part) {
  std::size_t count = 0;
  for (const TransferShard& shard : shards_) {
    for (const auto& block : shard.parts_[part]) count += block.size();
  }
  std::vector<Row> rows;
  rows.reserve(count);
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    for (auto& block : shards_[i].parts_[part]) {
      for (Row row : block) {
        row.source = renumbered_[i][row.source];
        row.dest = renumbered_[i][row.dest];
        row.pair += static_cast<std::uint32_t>(pair_begin_[i]);
        rows.push_back(row);
      }
      std::vector<Row>().swap(block);
    }
  }
  return rows;
}

bool GraphBuilder::precedes(const Row& a, const Row& b) const {
  const auto key = [](const Row& row) {
    return std::tuple(row.second, row.dest, row.amount, row.transaction, row.row_hash);
  };
  if (key(a) != key(b)) return key(a) < key(b);
  if (!has_pairs_) return false;
  const TransferShard::Pair& p = pairs_[a.pair];
  const TransferShard::Pair& q = pairs_[b.pair];
  return std::tuple(p.transfers, p.last_second) < std::tuple(q.transfers, q.last_second);
}

bool GraphBuilder::is_duplicate(const Row& a, const Row& b) const {
  return a.row_hash != 0 && !precedes(a, b) && !precedes(b, a);
}

// By source, then in order; begins tells where the rows of each source begin. Rows come nearly in
// order of time, so a counting sort by source leaves little to do.
void GraphBuilder::sort_rows(std::vector<Row>& rows, std::vector<std::uint32_t>& begins,
                             Address first) const {
  for (const Row& row : rows) ++begins[row.source - first + 1];
  std::partial_sum(begins.begin(), begins.end(), begins.begin());
  std::vector<std::uint32_t> next(begins.begin(), begins.end() - 1);
  std::vector<Row> sorted(rows.size());
  for (const Row& row : rows) sorted[next[row.source - first]++] = row;
  rows.swap(sorted);
  const auto in_order = [&](const Row& a, const Row& b) { return precedes(a, b); };
  for (std::size_t i = 0; i + 1 < begins.size(); ++i) {
    const auto begin = rows.begin() + begins[i];
    const auto end = rows.begin() + begins[i + 1];
    if (!std::is_sorted(begin, end, in_order)) std::sort(begin, end, in_order);
  }
}

GraphBuilder::Outgoing GraphBuilder::make_outgoing(std::size_t part) {
  const Address first = part_begin_[part];
  std::vector<Row> rows = take_rows(part);
  std::vector<std::uint32_t> begins(part_begin_[part + 1] - first + 1, 0);
  sort_rows(rows, begins, first);
  Outgoing made;
  made.degrees.assign(begins.size() - 1, 0);
  made.edges.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    if (i > 0 && rows[i - 1].source == row.source && is_duplicate(rows[i - 1], row)) {
      made.duplicates += is_counted(row.source);
      continue;
    }
    if (is_counted(row.source)) {
      made.unpriced += row.amount == kUnpriced;
      made.limited += row.amount == kLargestAmount;
    }
    ++made.degrees[row.source - first];
    made.edges.push_back({row.dest, row.second, row.amount});
    if (has_transactions_) made.transactions.push_back(row.transaction);
    if (has_pairs_) {
      made.transfers.push_back(pairs_[row.pair].transfers);
      made.last_seconds.push_back(pairs_[row.pair].last_second);
    }
  }
  return made;
}

void GraphBuilder::append(Outgoing& part) {
  for (const std::uint32_t degree : part.degrees) {
    graph_.outgoing_begin_.push_back(graph_.outgoing_begin_.back() + degree);
  }
  graph_.counts_.unpriced += part.unpriced;
  graph_.counts_.limited += part.limited;
  graph_.counts_.duplicates += part.duplicates;
  graph_.counts_.kept -= part.duplicates;
  move_to_end(graph_.outgoing_, part.edges);
  move_to_end(transactions_, part.transactions);
  move_to_end(graph_.transfers_, part.transfers);
  move_to_end(graph_.last_seconds_, part.last_seconds);
}

void GraphBuilder::sort_outgoing() {
  // A few parts at a time, so that few rows are in memory twice.
  const auto at_once = static_cast<std::size_t>(std::max(1, threads_));
  graph_.outgoing_begin_.reserve(graph_.book_->size() + 1);
  graph_.outgoing_.reserve(appended_);
  if (has_transactions_) transactions_.reserve(appended_);
  for (std::size_t begin = 0; begin < kParts; begin += at_once) {
    std::vector<Outgoing> parts(std::min(at_once, kParts - begin));
    parallel_blocks(parts.size(), 1, threads_,
                    [&](std::size_t i, std::size_t) { parts[i] = make_outgoing(begin + i); });
    for (Outgoing& part : parts) append(part);
    const bool has_gathered = begin % kPartsToGiveBack < at_once;
    if (appended_ >= kManyRows && has_gathered) give_back_free_memory();
  }
  std::vector<TransferShard>().swap(shards_);
  std::vector<TransferShard::Pair>().swap(pairs_);
  std::vector<std::vector<Address>>().swap(renumbered_);
}

// The edges to one part's addresses, which come in order of their numbers.
void GraphBuilder::fill_incoming(std::size_t part,
                                 std::array<std::vector<std::vector<Arc>>, kParts>& arcs) {
  std::vector<std::uint32_t> next(graph_.incoming_begin_.begin() + part_begin_[part],
                                  graph_.incoming_begin_.begin() + part_begin_[part + 1]);
  for (auto& from : arcs) {
    for (const Arc& arc : from[part]) {
      const std::uint32_t at = next[arc.dest - part_begin_[part]]++;
      graph_.incoming_ids_[at] = arc.id;
      graph_.incoming_[at] = graph_.outgoing_[arc.id];
      graph_.incoming_[at].other = arc.source;
    }
    std::vector<Arc>().swap(from[part]);
  }
  std::vector<std::pair<Edge, EdgeId>> group;
  for (Address address = part_begin_[part]; address < part_begin_[part + 1]; ++address) {
    const std::uint32_t begin = graph_.incoming_begin_[address];
    const std::uint32_t end = graph_.incoming_begin_[address + 1];
    group.clear();
    for (std::uint32_t at = begin; at < end; ++at) {
      group.emplace_back(graph_.incoming_[at], graph_.incoming_ids_[at]);
    }
    // The numbers of edges grow with their sources, so the rest of the order is there.
    const auto earlier = [](const auto& a, const auto& b) {
      return a.first.second != b.first.second ? a.first.second < b.first.second
                                              : a.second < b.second;
    };
    if (std::is_sorted(group.begin(), group.end(), earlier)) continue;
    std::sort(group.begin(), group.end(), earlier);
    for (std::uint32_t at = begin; at < end; ++at) {
      graph_.incoming_[at] = group[at - begin].first;
      graph_.incoming_ids_[at] = group[at - begin].second;
    }
  }
}

void GraphBuilder::sort_incoming() {
  const auto part_of = [&](Address address) {
    return graph_.book_->hash(address) >> (64 - TransferShard::kPartBits);
  };
  std::array<std::vector<std::vector<Arc>>, kParts> arcs;  // by part of source, part of dest
  parallel_blocks(kParts, 1, threads_, [&](std::size_t part, std::size_t) {
    arcs[part].resize(kParts);
    for (Address source = part_begin_[part]; source < part_begin_[part + 1]; ++source) {
      EdgeId id = graph_.first_outgoing(source);
      for (const Edge& edge : graph_.outgoing(source)) {
        arcs[part][part_of(edge.other)].push_back({id++, source, edge.other});
      }
    }
  });
  graph_.incoming_begin_.assign(graph_.addresses() + 1, 0);
  graph_.incoming_.resize(graph_.edges());
  graph_.incoming_ids_.resize(graph_.edges());
  for (const auto& from : arcs) {
    for (const auto& to : from) {
      for (const Arc& arc : to) ++graph_.incoming_begin_[arc.dest + 1];
    }
  }
  std::partial_sum(graph_.incoming_begin_.begin(), graph_.incoming_begin_.end(),
                   graph_.incoming_begin_.begin());
  parallel_blocks(kParts, 1, threads_,
                  [&](std::size_t part, std::size_t) { fill_incoming(part, arcs); });
}

Graph make_graph(std::vector<TransferShard> shards, int threads, const AddressPart* part) {
  GraphBuilder builder(std::move(shards), threads, part);
  builder.number_addresses();
  builder.sort_outgoing();
  builder.sort_incoming();
  builder.mark();
  return builder.take();
}

}  // namespace aml::flows
