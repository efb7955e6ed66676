#include "flows/neighbors.h"

#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include "flows/row_writer.h"

namespace aml::flows {

namespace {

constexpr std::int32_t kUnknown = -1;

// One address with which an address deals.
struct Counterparty {
  Address address = 0;
  std::int64_t amount = 0;  // USD that passed between the two, in 1e-4
  bool pays = false;
  bool is_paid = false;
};

// All counterparties of an address, each once, ascending.
void find_counterparties(const Question& question, Address address,
                         std::vector<Counterparty>& list) {
  list.clear();
  for (const bool pays : {true, false}) {
    const auto row = pays ? question.graph.incoming(address) : question.graph.outgoing(address);
    for (const Edge& edge : row) {
      if (!question.owns(edge)) continue;
      list.push_back({edge.other, std::max<std::int64_t>(0, edge.amount), pays, !pays});
    }
  }
  std::sort(list.begin(), list.end(),
            [](const Counterparty& a, const Counterparty& b) { return a.address < b.address; });
  std::size_t last = 0;
  for (std::size_t i = 1; i < list.size(); ++i) {
    if (list[i].address != list[last].address) {
      list[++last] = list[i];
      continue;
    }
    list[last].amount = saturating_sum(list[last].amount, list[i].amount);
    list[last].pays |= list[i].pays;
    list[last].is_paid |= list[i].is_paid;
  }
  if (!list.empty()) list.resize(last + 1);
}

// By quantity, how many of the counterparties' values are known, and their sum.
struct Sums {
  std::vector<std::int32_t> known;
  std::vector<std::int64_t> sum;

  explicit Sums(std::size_t quantities) : known(quantities), sum(quantities) {}
  void clear() {
    std::fill(known.begin(), known.end(), 0);
    std::fill(sum.begin(), sum.end(), 0);
  }
  // Without a branch on what is known, so that a few values are added at once.
  void add(std::span<const std::int32_t> values) {
    static_assert(kUnknown < 0);
    for (std::size_t q = 0; q < values.size(); ++q) {
      known[q] += values[q] >= 0;
      sum[q] += std::max(values[q], 0);
    }
  }
  std::int32_t mean(std::size_t q) const {
    return known[q] == 0 ? kUnknown : static_cast<std::int32_t>(sum[q] / known[q]);
  }
};

// The same of one quantity, by what passed, and the largest.
struct Weighted {
  std::int64_t largest = kUnknown;
  Wide weight = 0;
  Wide weighted = 0;
};

// A number of each quantity for each address. Those of an address lie side by side, because they
// are asked for together and an address is seldom in the processor's cache.
class Rows {
 public:
  // A row of those that follow in a list: by then the memory has brought it.
  static constexpr std::size_t kAhead = 12;
  Rows(std::size_t addresses, std::size_t quantities)
      : quantities_(quantities), values_(addresses * quantities) {}
  explicit Rows(const Question& question);
  std::span<std::int32_t> of(std::size_t address) {
    return std::span(values_).subspan(address * quantities_, quantities_);
  }
  std::span<const std::int32_t> of(std::size_t address) const {
    return std::span(values_).subspan(address * quantities_, quantities_);
  }
  void prefetch(std::size_t address) const {
    const std::int32_t* const row = values_.data() + address * quantities_;
    __builtin_prefetch(row);
    __builtin_prefetch(row + quantities_ - 1);
  }

 private:
  std::size_t quantities_;
  std::vector<std::int32_t> values_;
};

Rows::Rows(const Question& question)
    : Rows(question.graph.addresses(), question.facts->quantities.size()) {
  for (std::size_t q = 0; q < quantities_; ++q) {
    const std::vector<std::int32_t>& percentiles = question.facts->quantities[q].percentiles;
    for (std::size_t i = 0; i < percentiles.size(); ++i) of(i)[q] = percentiles[i];
  }
}

void take_sums(const std::vector<Counterparty>& list, const Rows& rows, Sums& sums) {
  sums.clear();
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i + Rows::kAhead < list.size()) rows.prefetch(list[i + Rows::kAhead].address);
    sums.add(rows.of(list[i].address));
  }
}

void take_weighted(const std::vector<Counterparty>& list, const Rows& rows,
                   std::vector<Weighted>& all) {
  std::fill(all.begin(), all.end(), Weighted{});
  for (const Counterparty& one : list) {
    const std::span<const std::int32_t> values = rows.of(one.address);
    for (std::size_t q = 0; q < all.size(); ++q) {
      if (values[q] == kUnknown) continue;
      all[q].largest = std::max<std::int64_t>(all[q].largest, values[q]);
      all[q].weight += one.amount;
      all[q].weighted += static_cast<Wide>(one.amount) * values[q];
    }
  }
}

double share_of(std::int64_t value) {
  return value < 0 ? std::numeric_limits<double>::quiet_NaN()
                   : static_cast<double>(value) / static_cast<double>(kWhole);
}

// By address and quantity, the means of what their counterparties are.
Rows first_means(const Question& question, const Rows& percentiles) {
  constexpr std::size_t kAddressesAtOnce = 1024;
  const std::size_t addresses = question.graph.addresses();
  const std::size_t quantities = question.facts->quantities.size();
  Rows firsts(addresses, quantities);
  if (quantities == 0) return firsts;
  parallel_blocks(addresses, kAddressesAtOnce, question.threads,
                  [&](std::size_t begin, std::size_t end) {
                    std::vector<Counterparty> list;
                    Sums sums(quantities);
                    for (std::size_t i = begin; i < end; ++i) {
                      find_counterparties(question, static_cast<Address>(i), list);
                      take_sums(list, percentiles, sums);
                      const std::span<std::int32_t> row = firsts.of(i);
                      for (std::size_t q = 0; q < quantities; ++q) row[q] = sums.mean(q);
                    }
                  });
  return firsts;
}

void write_alerts(const std::vector<std::uint32_t>& alerts, const std::vector<Counterparty>& list,
                  std::size_t row, Columns& columns) {
  std::int64_t payers = 0;
  std::int64_t payees = 0;
  std::int64_t alerted = 0;
  std::int64_t all = 0;
  for (const Counterparty& one : list) {
    if (alerts[one.address] == 0) continue;
    ++alerted;
    payers += one.pays;
    payees += one.is_paid;
    all += alerts[one.address];
  }
  columns[kAlertedPayers].integers[row] = payers;
  columns[kAlertedPayees].integers[row] = payees;
  columns[kAlertedShare].numbers[row] = quotient(alerted, static_cast<std::int64_t>(list.size()));
  columns[kNeighborAlerts].integers[row] = all;
}

}  // namespace

Filler prepare_neighbors(const Question& question) {
  const auto percentiles = std::make_shared<const Rows>(question);
  const auto firsts = std::make_shared<const Rows>(first_means(question, *percentiles));
  return [question, percentiles, firsts](std::span<const Address> addresses, Columns& columns) {
    const std::size_t quantities = question.facts->quantities.size();
    for_each_address(question, addresses, [&] {
      return [&, list = std::vector<Counterparty>(), sums = Sums(quantities),
              seconds = Sums(quantities), weighted = std::vector<Weighted>(quantities)](
                 std::size_t row, Address address) mutable {
        find_counterparties(question, address, list);
        take_sums(list, *percentiles, sums);
        take_weighted(list, *percentiles, weighted);
        take_sums(list, *firsts, seconds);
        for (std::size_t q = 0; q < quantities; ++q) {
          const std::size_t first = q * kNeighborFields;
          columns[first + kNeighborMean].numbers[row] = share_of(sums.mean(q));
          if (weighted[q].weight > 0) {
            columns[first + kNeighborWeightedMean].numbers[row] =
                share_of(static_cast<std::int64_t>(weighted[q].weighted / weighted[q].weight));
          }
          columns[first + kNeighborLargest].numbers[row] = share_of(weighted[q].largest);
          columns[first + kNeighborSecondMean].numbers[row] = share_of(seconds.mean(q));
        }
      };
    });
  };
}

Filler prepare_neighbor_alerts(const Question& question) {
  return [question](std::span<const Address> addresses, Columns& columns) {
    const std::vector<std::uint32_t>& alerts = question.facts->alerts;
    if (alerts.empty()) return;
    for_each_address(question, addresses, [&] {
      return [&, list = std::vector<Counterparty>()](std::size_t row, Address address) mutable {
        find_counterparties(question, address, list);
        write_alerts(alerts, list, row, columns);
      };
    });
  };
}

namespace {

// Sums over the addresses of each community.
struct Communities {
  std::vector<std::int64_t> size;
  std::vector<std::int64_t> alerted;
  std::vector<std::vector<std::int64_t>> known;  // by quantity
  std::vector<std::vector<std::int64_t>> sums;
  std::vector<std::uint32_t> places;  // by address: of its community, or kNoCommunity
};

Communities sum_communities(const Question& question) {
  const Facts& facts = *question.facts;
  Communities sums;
  std::vector<std::uint32_t> names(facts.communities);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  if (!names.empty() && names.back() == kNoCommunity) names.pop_back();
  sums.size.assign(names.size(), 0);
  sums.alerted.assign(names.size(), 0);
  sums.known.assign(facts.quantities.size(), std::vector<std::int64_t>(names.size(), 0));
  sums.sums = sums.known;
  sums.places.assign(facts.communities.size(), kNoCommunity);
  for (std::size_t i = 0; i < facts.communities.size(); ++i) {
    if (facts.communities[i] == kNoCommunity) continue;
    const auto place = static_cast<std::uint32_t>(
        std::lower_bound(names.begin(), names.end(), facts.communities[i]) - names.begin());
    sums.places[i] = place;
    ++sums.size[place];
    if (!facts.alerts.empty()) sums.alerted[place] += facts.alerts[i] > 0;
    for (std::size_t q = 0; q < facts.quantities.size(); ++q) {
      const std::int32_t value = facts.quantities[q].percentiles[i];
      if (value == kUnknown) continue;
      ++sums.known[q][place];
      sums.sums[q][place] += value;
    }
  }
  return sums;
}

}  // namespace

Filler prepare_community(const Question& question) {
  const auto sums = std::make_shared<Communities>(sum_communities(question));
  return [question, sums](std::span<const Address> addresses, Columns& columns) {
    const Facts& facts = *question.facts;
    if (facts.communities.empty()) return;
    for_each_address(question, addresses, [&] {
      return [&](std::size_t row, Address address) {
        const std::uint32_t place = sums->places[address];
        if (place == kNoCommunity) return;
        columns[kCommunitySize].integers[row] = sums->size[place];
        if (!facts.alerts.empty()) {
          columns[kCommunityAlerted].integers[row] =
              sums->alerted[place] - (facts.alerts[address] > 0);
        }
        for (std::size_t q = 0; q < facts.quantities.size(); ++q) {
          const std::int32_t own = facts.quantities[q].percentiles[address];
          const std::int64_t known = sums->known[q][place] - (own != kUnknown);
          const std::int64_t sum = sums->sums[q][place] - std::max<std::int32_t>(0, own);
          if (known > 0) {
            columns[kCommunityFields + q].numbers[row] = share_of(sum / known);
          }
        }
      };
    });
  };
}

}  // namespace aml::flows
