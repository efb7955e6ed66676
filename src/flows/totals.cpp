#include "flows/totals.h"

#include <algorithm>

#include "flows/row_writer.h"

namespace aml::flows {

namespace {

// Of one direction; those of incoming transfers come first, then the same of outgoing ones.
enum Field : std::size_t {
  kTransfers,
  kUnpricedTransfers,
  kSum,
  kCounterparties,
  kPerCounterparty,
  kMean,
  kSmallest,
  kLargest,
  kMedian,
  kDeviation,
  kSkewness,
  kKurtosis,
  kTopCounterparty,
  kFirstSecond,
  kLastSecond,
  kFields
};
constexpr std::size_t kReciprocal = 2 * kFields;
constexpr std::size_t kChangeReceived = kReciprocal + 1;
constexpr std::size_t kConsolidated = kReciprocal + 2;

// clang-format off
constexpr Definition kDefinitions[] = {
    {"in_transfers", Unit::count, Merge::sum, "≥ 0", "transfers received"},
    {"in_unpriced_transfers", Unit::count, Merge::sum, "≥ 0", "those of them whose price is missing or 0: in no sum of USD"},
    {"in_usd", Unit::usd, Merge::sum, "≥ 0", "USD received in all"},
    {"in_counterparties", Unit::count, Merge::global, "≥ 0", "different addresses that paid it (fan-in)"},
    {"in_transfers_per_counterparty", Unit::ratio, Merge::global, "≥ 1", "transfers received per address that paid"},
    {"in_mean_usd", Unit::ratio, Merge::derived, "> 0, USD", "mean of the priced transfers received"},
    {"in_smallest_usd", Unit::usd, Merge::smallest, "> 0", "smallest transfer received; missing where a row stands for several"},
    {"in_largest_usd", Unit::usd, Merge::largest, "> 0", "largest transfer received; missing where a row stands for several"},
    {"in_median_usd", Unit::ratio, Merge::global, "> 0, USD", "median transfer received, of two middle ones their mean"},
    {"in_deviation_usd", Unit::ratio, Merge::global, "≥ 0, USD", "standard deviation of the transfers received (of the population)"},
    {"in_skewness", Unit::ratio, Merge::global, "any", "skewness of the transfers received, m3 / m2^1.5; 0 where all are equal"},
    {"in_kurtosis", Unit::ratio, Merge::global, "≥ 1, or 0", "kurtosis of the transfers received, m4 / m2²; 0 where all are equal"},
    {"in_top_counterparty_usd", Unit::usd, Merge::global, "≥ 0", "USD received from the address that paid most"},
    {"in_first_second", Unit::seconds, Merge::smallest, "> 0", "when it first received a transfer; missing where no time is told"},
    {"in_last_second", Unit::seconds, Merge::largest, "> 0", "when it last received one"},
    {"out_transfers", Unit::count, Merge::sum, "≥ 0", "transfers paid"},
    {"out_unpriced_transfers", Unit::count, Merge::sum, "≥ 0", "those of them whose price is missing or 0: in no sum of USD"},
    {"out_usd", Unit::usd, Merge::sum, "≥ 0", "USD paid out"},
    {"out_counterparties", Unit::count, Merge::global, "≥ 0", "different addresses that it paid (fan-out)"},
    {"out_transfers_per_counterparty", Unit::ratio, Merge::global, "≥ 1", "transfers paid per address that was paid"},
    {"out_mean_usd", Unit::ratio, Merge::derived, "> 0, USD", "mean of the priced transfers paid"},
    {"out_smallest_usd", Unit::usd, Merge::smallest, "> 0", "smallest transfer paid; missing where a row stands for several"},
    {"out_largest_usd", Unit::usd, Merge::largest, "> 0", "largest transfer paid; missing where a row stands for several"},
    {"out_median_usd", Unit::ratio, Merge::global, "> 0, USD", "median transfer paid, of two middle ones their mean"},
    {"out_deviation_usd", Unit::ratio, Merge::global, "≥ 0, USD", "standard deviation of the transfers paid (of the population)"},
    {"out_skewness", Unit::ratio, Merge::global, "any", "skewness of the transfers paid, m3 / m2^1.5; 0 where all are equal"},
    {"out_kurtosis", Unit::ratio, Merge::global, "≥ 1, or 0", "kurtosis of the transfers paid, m4 / m2²; 0 where all are equal"},
    {"out_top_counterparty_usd", Unit::usd, Merge::global, "≥ 0", "USD paid to the address that got most"},
    {"out_first_second", Unit::seconds, Merge::smallest, "> 0", "when it first paid; missing where no time is told"},
    {"out_last_second", Unit::seconds, Merge::largest, "> 0", "when it last paid"},
    {"reciprocal_counterparties", Unit::count, Merge::global, "≥ 0", "addresses that both paid it and were paid by it"},
    {"change_transfers", Unit::count, Merge::sum, "≥ 0", "transfers received in transactions in which it pays, too"},
    {"consolidation_transfers", Unit::count, Merge::sum, "≥ 0", "transfers received in transactions of several payers that pay nobody else"},
};
// clang-format on
static_assert(std::size(kDefinitions) == kConsolidated + 1);

// What all transfers of one direction with one counterparty come to.
struct Counterparty {
  Address address = 0;
  std::int64_t amount = 0;
};

// The edges that count, of one direction, with the number of each.
struct Side {
  std::span<const Edge> edges;
  std::span<const EdgeId> ids;  // empty: first_id and those that follow
  EdgeId first_id = 0;
  EdgeId id(std::size_t i) const {
    return ids.empty() ? first_id + static_cast<EdgeId>(i) : ids[i];
  }
};

struct Work {
  std::vector<std::int64_t> amounts;
  std::vector<Counterparty> counterparties[2];
};

struct Times {
  std::int64_t first = kMissing;
  std::int64_t last = kMissing;

  void add(std::uint32_t begin, std::uint32_t end) {
    if (begin == 0) return;
    first = first == kMissing ? begin : std::min<std::int64_t>(first, begin);
    last = std::max<std::int64_t>(last, end);
  }
};

// Population moments, from the exact amounts in the graph's order.
void write_shape(std::vector<std::int64_t>& amounts, Columns& out, std::size_t first,
                 std::size_t row) {
  const auto n = static_cast<double>(amounts.size());
  Wide sum = 0;
  for (const std::int64_t amount : amounts) sum += amount;
  const double mean = static_cast<double>(sum) / n;
  double m2 = 0;
  double m3 = 0;
  double m4 = 0;
  for (const std::int64_t amount : amounts) {
    const double d = static_cast<double>(amount) - mean;
    m2 += d * d;
    m3 += d * d * d;
    m4 += d * d * d * d;
  }
  const auto [smallest, largest] = std::minmax_element(amounts.begin(), amounts.end());
  out[first + kSmallest].integers[row] = *smallest;
  out[first + kLargest].integers[row] = *largest;
  const bool are_equal = *smallest == *largest;
  m2 = are_equal ? 0 : m2 / n;
  out[first + kDeviation].numbers[row] = std::sqrt(m2) / static_cast<double>(kUnitsPerUsd);
  out[first + kSkewness].numbers[row] = are_equal ? 0 : m3 / n / (m2 * std::sqrt(m2));
  out[first + kKurtosis].numbers[row] = are_equal ? 0 : m4 / n / (m2 * m2);
  const std::size_t middle = amounts.size() / 2;
  std::nth_element(amounts.begin(), amounts.begin() + middle, amounts.end());
  double median = in_usd(amounts[middle]);
  if (amounts.size() % 2 == 0) {
    median = (median + in_usd(*std::max_element(amounts.begin(), amounts.begin() + middle))) / 2;
  }
  out[first + kMedian].numbers[row] = median;
}

// Sums up what belongs to one counterparty; ascending by address.
void sum_up(std::vector<Counterparty>& list) {
  std::sort(list.begin(), list.end(),
            [](const Counterparty& a, const Counterparty& b) { return a.address < b.address; });
  std::size_t last = 0;
  for (std::size_t i = 1; i < list.size(); ++i) {
    if (list[i].address == list[last].address) {
      list[last].amount = saturating_sum(list[last].amount, list[i].amount);
    } else {
      list[++last] = list[i];
    }
  }
  if (!list.empty()) list.resize(last + 1);
}

void write_side(const Question& question, const Side& side, Work& work, Columns& out,
                std::size_t direction, std::size_t row) {
  const Graph& graph = question.graph;
  const std::size_t first = direction * kFields;
  std::int64_t transfers = 0;
  std::int64_t unpriced = 0;
  Wide sum = 0;
  bool are_single = true;
  Times times;
  work.amounts.clear();
  std::vector<Counterparty>& counterparties = work.counterparties[direction];
  counterparties.clear();
  for (std::size_t i = 0; i < side.edges.size(); ++i) {
    const Edge& edge = side.edges[i];
    if (!question.owns(edge)) continue;
    const bool is_pair = !graph.has_transfers();
    const std::uint32_t count = is_pair ? graph.transfers(side.id(i)) : 1;
    times.add(edge.second, is_pair ? graph.last_second(side.id(i)) : edge.second);
    transfers += count;
    counterparties.push_back({edge.other, std::max<std::int64_t>(0, edge.amount)});
    if (edge.amount == kUnpriced) {
      unpriced += count;
      continue;
    }
    sum += edge.amount;
    are_single &= count == 1;
    work.amounts.push_back(edge.amount);
  }
  out[first + kTransfers].integers[row] = transfers;
  out[first + kUnpricedTransfers].integers[row] = unpriced;
  out[first + kSum].integers[row] = saturated(sum);
  out[first + kFirstSecond].integers[row] = times.first;
  out[first + kLastSecond].integers[row] = times.last;
  sum_up(counterparties);
  const auto distinct = static_cast<std::int64_t>(counterparties.size());
  out[first + kCounterparties].integers[row] = distinct;
  out[first + kPerCounterparty].numbers[row] = quotient(transfers, distinct);
  std::int64_t top = 0;
  for (const Counterparty& one : counterparties) top = std::max(top, one.amount);
  out[first + kTopCounterparty].integers[row] = top;
  if (!work.amounts.empty() && are_single) write_shape(work.amounts, out, first, row);
}

std::int64_t common(const std::vector<Counterparty>& a, const std::vector<Counterparty>& b) {
  std::int64_t count = 0;
  for (auto i = a.begin(), j = b.begin(); i != a.end() && j != b.end();) {
    if (i->address == j->address) ++count;
    const bool advance_i = i->address <= j->address;
    const bool advance_j = j->address <= i->address;
    i += advance_i;
    j += advance_j;
  }
  return count;
}

void measure(const Question& question, std::span<const Address> addresses, Columns& columns) {
  const Graph& graph = question.graph;
  for_each_address(question, addresses, [&] {
    return [&, work = Work()](std::size_t row, Address address) mutable {
      const Side in{graph.incoming(address), graph.incoming_ids(address)};
      const Side out{graph.outgoing(address), {}, graph.first_outgoing(address)};
      write_side(question, in, work, columns, 0, row);
      write_side(question, out, work, columns, 1, row);
      columns[kReciprocal].integers[row] = common(work.counterparties[0], work.counterparties[1]);
      std::int64_t change = 0;
      std::int64_t consolidated = 0;
      for (std::size_t i = 0; i < in.edges.size() && graph.has_marks(); ++i) {
        if (!question.owned.contains(in.edges[i].second)) continue;
        change += (graph.marks(in.id(i)) & kChange) != 0;
        consolidated += (graph.marks(in.id(i)) & kConsolidation) != 0;
      }
      columns[kChangeReceived].integers[row] = change;
      columns[kConsolidated].integers[row] = consolidated;
    };
  });
}

void derive(Columns& columns) {
  for (const std::size_t first : {std::size_t{0}, std::size_t{kFields}}) {
    for (std::size_t row = 0; row < columns[first].integers.size(); ++row) {
      const std::int64_t priced = columns[first + kTransfers].integers[row] -
                                  columns[first + kUnpricedTransfers].integers[row];
      columns[first + kMean].numbers[row] =
          quotient(columns[first + kSum].integers[row], priced) / kUnitsPerUsd;
    }
  }
}

}  // namespace

FeatureSet totals_set() {
  return {"totals", "sums, means and shape of the transfers in each direction", kDefinitions,
          without_preparation<measure>, derive};
}

}  // namespace aml::flows
