#include "flows/neighbors.h"

#include <algorithm>
#include <memory>

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

struct Means {
  std::int64_t known = 0;
  std::int64_t sum = 0;
  std::int64_t largest = kUnknown;
  Wide weight = 0;
  Wide weighted = 0;

  std::int32_t mean() const {
    return known == 0 ? kUnknown : static_cast<std::int32_t>(sum / known);
  }
};

Means means_of(const std::vector<Counterparty>& list, const std::vector<std::int32_t>& values) {
  Means means;
  for (const Counterparty& one : list) {
    const std::int32_t value = values[one.address];
    if (value == kUnknown) continue;
    ++means.known;
    means.sum += value;
    means.largest = std::max<std::int64_t>(means.largest, value);
    means.weight += one.amount;
    means.weighted += static_cast<Wide>(one.amount) * value;
  }
  return means;
}

double share_of(std::int64_t value) {
  return value < 0 ? std::numeric_limits<double>::quiet_NaN()
                   : static_cast<double>(value) / static_cast<double>(kWhole);
}

// By quantity and address, the means of what their counterparties are.
using FirstMeans = std::vector<std::vector<std::int32_t>>;

FirstMeans first_means(const Question& question) {
  constexpr std::size_t kAddressesAtOnce = 1024;
  const std::size_t addresses = question.graph.addresses();
  const auto& quantities = question.facts->quantities;
  FirstMeans means(quantities.size(), std::vector<std::int32_t>(addresses));
  if (quantities.empty()) return means;
  parallel_blocks(addresses, kAddressesAtOnce, question.threads,
                  [&](std::size_t begin, std::size_t end) {
                    std::vector<Counterparty> list;
                    for (std::size_t i = begin; i < end; ++i) {
                      find_counterparties(question, static_cast<Address>(i), list);
                      for (std::size_t q = 0; q < quantities.size(); ++q) {
                        means[q][i] = means_of(list, quantities[q].percentiles).mean();
                      }
                    }
                  });
  return means;
}

void write_alerts(const Question& question, const std::vector<Counterparty>& list,
                  std::size_t first, std::size_t row, Columns& columns) {
  const std::vector<std::uint32_t>& alerts = question.facts->alerts;
  if (alerts.empty()) return;
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
  columns[first + kAlertedPayers].integers[row] = payers;
  columns[first + kAlertedPayees].integers[row] = payees;
  columns[first + kAlertedShare].numbers[row] =
      quotient(alerted, static_cast<std::int64_t>(list.size()));
  columns[first + kNeighborAlerts].integers[row] = all;
}

}  // namespace

Filler prepare_neighbors(const Question& question) {
  const auto firsts = std::make_shared<FirstMeans>(first_means(question));
  return [question, firsts](std::span<const Address> addresses, Columns& columns) {
    const auto& quantities = question.facts->quantities;
    for_each_address(question, addresses, [&] {
      return [&, list = std::vector<Counterparty>()](std::size_t row, Address address) mutable {
        find_counterparties(question, address, list);
        for (std::size_t q = 0; q < quantities.size(); ++q) {
          const Means means = means_of(list, quantities[q].percentiles);
          const std::size_t first = q * kNeighborFields;
          columns[first + kNeighborMean].numbers[row] = share_of(means.mean());
          if (means.weight > 0) {
            columns[first + kNeighborWeightedMean].numbers[row] =
                share_of(static_cast<std::int64_t>(means.weighted / means.weight));
          }
          columns[first + kNeighborLargest].numbers[row] = share_of(means.largest);
          columns[first + kNeighborSecondMean].numbers[row] =
              share_of(means_of(list, (*firsts)[q]).mean());
        }
        write_alerts(question, list, quantities.size() * kNeighborFields, row, columns);
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
