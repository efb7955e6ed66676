#include "flows/neighbors.h"

#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include "base/threads.h"
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

// Calls visit(edge, pays) for each owned transfer from (pays) and to an address.
template <typename Visit>
void for_each_edge(const Question& question, Address address, Visit visit) {
  for (const bool pays : {true, false}) {
    const auto row = pays ? question.graph.incoming(address) : question.graph.outgoing(address);
    for (const Edge& edge : row) {
      if (question.owns(edge)) visit(edge, pays);
    }
  }
}

// All counterparties of an address, each once, ascending.
class Counterparties {
 public:
  const std::vector<Counterparty>& of(const Question& question, Address address) {
    dealings_.clear();
    keys_.clear();
    for_each_edge(question, address, [&](const Edge& edge, bool pays) {
      // Numbers sort in half the time that what is known of a dealing takes.
      keys_.push_back(std::uint64_t{edge.other} << 32 | dealings_.size());
      dealings_.push_back({edge.other, std::max<std::int64_t>(0, edge.amount), pays, !pays});
    });
    std::sort(keys_.begin(), keys_.end());
    list_.clear();
    for (const std::uint64_t key : keys_) add(dealings_[static_cast<std::uint32_t>(key)]);
    return list_;
  }

 private:
  void add(const Counterparty& dealing) {
    if (list_.empty() || list_.back().address != dealing.address) {
      list_.push_back(dealing);
      return;
    }
    Counterparty& one = list_.back();
    one.amount = saturating_sum(one.amount, dealing.amount);
    one.pays |= dealing.pays;
    one.is_paid |= dealing.is_paid;
  }

  std::vector<std::uint64_t> keys_;  // counterparty, then place among dealings_
  std::vector<Counterparty> dealings_;
  std::vector<Counterparty> list_;
};

// The same, but for who they are alone.
void find_addresses(const Question& question, Address address, std::vector<Address>& list) {
  list.clear();
  for_each_edge(question, address, [&](const Edge& edge, bool) { list.push_back(edge.other); });
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
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

Address address_of(Address address) { return address; }
Address address_of(const Counterparty& one) { return one.address; }

template <typename Item>
void take_sums(const std::vector<Item>& list, const Rows& rows, Sums& sums) {
  sums.clear();
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i + Rows::kAhead < list.size()) rows.prefetch(address_of(list[i + Rows::kAhead]));
    sums.add(rows.of(address_of(list[i])));
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

// By address and quantity, the means of what their counterparties are: of those addresses that were
// asked for. A day's alerts deal with a part of all addresses, and each mean looks at many.
class FirstMeans {
 public:
  explicit FirstMeans(const Question& question)
      : percentiles_(question),
        means_(question.graph.addresses(), question.facts->quantities.size()),
        is_known_(question.graph.addresses(), 0) {}

  const Rows& percentiles() const { return percentiles_; }
  const Rows& means() const { return means_; }

  // From now on means() has those of all counterparties of these addresses.
  void add_counterparties(const Question& question, std::span<const Address> addresses) {
    std::vector<Address> wanted;
    for (const Address address : addresses) {
      for_each_edge(question, address, [&](const Edge& edge, bool) {
        if (is_known_[edge.other] == 0) wanted.push_back(edge.other);
        is_known_[edge.other] = 1;
      });
    }
    std::sort(wanted.begin(), wanted.end());  // as their transfers lie in memory
    compute(question, wanted);
  }

 private:
  void compute(const Question& question, const std::vector<Address>& wanted) {
    constexpr std::size_t kAddressesAtOnce = 1024;
    const std::size_t quantities = question.facts->quantities.size();
    parallel_blocks(wanted.size(), kAddressesAtOnce, question.threads,
                    [&](std::size_t begin, std::size_t end) {
                      throw_if_stop_requested();
                      std::vector<Address> list;
                      Sums sums(quantities);
                      for (std::size_t i = begin; i < end; ++i) {
                        find_addresses(question, wanted[i], list);
                        take_sums(list, percentiles_, sums);
                        const std::span<std::int32_t> row = means_.of(wanted[i]);
                        for (std::size_t q = 0; q < quantities; ++q) row[q] = sums.mean(q);
                      }
                    });
  }

  Rows percentiles_;
  Rows means_;
  std::vector<std::uint8_t> is_known_;  // by address, whether means_ has it
};

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
  const auto firsts = std::make_shared<FirstMeans>(question);
  return [question, firsts](std::span<const Address> addresses, Columns& columns) {
    const std::size_t quantities = question.facts->quantities.size();
    if (quantities == 0) return;
    firsts->add_counterparties(question, addresses);
    for_each_address(question, addresses, [&] {
      return [&, counterparties = Counterparties(), sums = Sums(quantities),
              seconds = Sums(quantities), weighted = std::vector<Weighted>(quantities)](
                 std::size_t row, Address address) mutable {
        const std::vector<Counterparty>& list = counterparties.of(question, address);
        take_sums(list, firsts->percentiles(), sums);
        take_weighted(list, firsts->percentiles(), weighted);
        take_sums(list, firsts->means(), seconds);
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
      return [&, counterparties = Counterparties()](std::size_t row, Address address) mutable {
        write_alerts(alerts, counterparties.of(question, address), row, columns);
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
