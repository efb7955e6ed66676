// Rows of money_flows: whatever they hold, they make a graph that counts each of them once, and all
// its features and patterns can be computed: the same by one thread and by three.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "flows/facts.h"
#include "flows/make_graph.h"
#include "flows/pattern_list.h"

namespace {

using namespace aml::flows;

// Reads values from the input; zeros after its end.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {}
  std::size_t left() const { return left_; }
  std::uint8_t byte() {
    if (left_ == 0) return 0;
    --left_;
    return *data_++;
  }
  std::int64_t integer() {
    std::uint64_t value = 0;
    for (int i = byte() % 9; i > 0; --i) value = value << 8 | byte();
    return static_cast<std::int64_t>(value);
  }

 private:
  const std::uint8_t* data_;
  std::size_t left_;
};

struct Rows {
  std::vector<std::string> texts;
  std::vector<std::int64_t> amount, time, transfers, last_time;
  std::vector<std::uint64_t> transaction, row_hash;
};

Rows read_rows(Input& input, bool are_pairs) {
  constexpr std::size_t kMostRows = 400;
  constexpr std::int64_t kStart = 1'700'000'000;
  Rows rows;
  while (input.left() > 0 && rows.amount.size() < kMostRows) {
    // Few addresses, near times and like amounts, so that patterns come about.
    const std::uint8_t kind = input.byte();
    for (int end = 0; end < 2; ++end)
      rows.texts.push_back(std::string(1, "abcdefgh"[input.byte() % 8]));
    if (kind % 16 == 0) rows.texts.back().clear();
    rows.time.push_back(kind % 4 == 0 ? input.integer() : kStart + input.byte() * 600);
    rows.amount.push_back(kind % 8 < 2 ? input.integer() : (1 + input.byte()) * 100'000);
    rows.transaction.push_back(input.byte() % 4);
    rows.row_hash.push_back(input.byte() % 4);
    if (!are_pairs) continue;
    rows.transfers.push_back(kind % 32 == 1 ? input.integer() : 1 + input.byte());
    rows.last_time.push_back(input.integer());
  }
  return rows;
}

Graph make(const Rows& rows, bool are_pairs, int threads) {
  std::vector<TransferShard> shards(threads);
  const std::size_t count = rows.amount.size();
  const std::size_t each = count / threads + 1;
  for (int i = 0; i < threads; ++i) {
    const std::size_t begin = std::min(count, i * each);
    const std::size_t size = std::min(count, begin + each) - begin;
    std::vector<std::string_view> source, dest;
    for (std::size_t row = begin; row < begin + size; ++row) {
      source.push_back(rows.texts[2 * row]);
      dest.push_back(rows.texts[2 * row + 1]);
    }
    TransferBatch batch{source,
                        dest,
                        std::span(rows.amount).subspan(begin, size),
                        std::span(rows.time).subspan(begin, size),
                        {},
                        {},
                        std::span(rows.transaction).subspan(begin, size),
                        std::span(rows.row_hash).subspan(begin, size)};
    if (are_pairs) {
      batch.transfers = std::span(rows.transfers).subspan(begin, size);
      batch.last_time = std::span(rows.last_time).subspan(begin, size);
    }
    if (size > 0) shards[i].add(batch);
  }
  return make_graph(std::move(shards), threads);
}

void require(bool holds) {
  if (!holds) std::abort();
}

bool are_same(const Columns& a, const Columns& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].integers != b[i].integers) return false;
    if (a[i].numbers.size() != b[i].numbers.size()) return false;
    if (!a[i].numbers.empty() && std::memcmp(a[i].numbers.data(), b[i].numbers.data(),
                                             a[i].numbers.size() * sizeof(double)) != 0) {
      return false;
    }
  }
  return true;
}

Facts facts_of(const Graph& graph, Input& input) {
  Facts facts;
  facts.quantities = {{"rank", "rank", {}}};
  for (std::size_t i = 0; i < graph.addresses(); ++i) {
    facts.kinds.push_back(input.byte() & 0x3f);
    facts.alerts.push_back(input.byte() % 3);
    facts.communities.push_back(input.byte() % 3 == 0 ? kNoCommunity : input.byte() % 2);
    facts.quantities[0].percentiles.push_back(input.byte() % 4 == 0 ? -1 : input.byte() * 1000);
  }
  return facts;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const bool are_pairs = input.byte() % 4 == 0;
  Settings settings;
  settings.most_transfers = 1 + input.byte();
  settings.most_steps = 200;
  const Rows rows = read_rows(input, are_pairs);
  const Graph graph = make(rows, are_pairs, 1);
  const Graph again = make(rows, are_pairs, 3);
  require(graph.counts().rows() == static_cast<std::int64_t>(rows.amount.size()));
  require(graph.edges() == again.edges() && graph.addresses() == again.addresses());
  std::vector<Address> all(graph.addresses());
  std::iota(all.begin(), all.end(), Address{0});
  const Facts facts = facts_of(graph, input);
  const FactSets fact_sets(facts);
  const Question one{.graph = graph, .settings = settings, .facts = &facts};
  const Question three{.graph = again, .threads = 3, .settings = settings, .facts = &facts};
  for (const auto sets : {transfer_sets(), fact_sets.sets()}) {
    for (const FeatureSet& set : sets) {
      require(are_same(compute(set, one, all), compute(set, three, all)));
    }
  }
  const PatternList list = list_patterns(one, 100);
  const PatternList list_again = list_patterns(three, 100);
  require(list.patterns.size() == list_again.patterns.size());
  for (std::size_t i = 0; i < list.patterns.size(); ++i) {
    require(pattern_id(graph, list.patterns[i]) == pattern_id(again, list_again.patterns[i]));
  }
  return 0;
}
