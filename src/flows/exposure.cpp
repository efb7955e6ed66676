#include "flows/exposure.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>

#include "flows/row_writer.h"
#include "flows/services.h"

namespace aml::flows {

namespace {

constexpr std::size_t kAddressesAtOnce = 1024;

template <typename Body>
void for_all(const Question& question, Body body) {
  parallel_blocks(question.graph.addresses(), kAddressesAtOnce, question.threads,
                  [&](std::size_t begin, std::size_t end) {
                    throw_if_stop_requested();
                    for (std::size_t i = begin; i < end; ++i) body(static_cast<Address>(i));
                  });
}

// What an address received, or paid.
std::span<const Edge> side(const Graph& graph, Address address, bool paid) {
  return paid ? graph.outgoing(address) : graph.incoming(address);
}

std::uint32_t share(Wide part, Wide whole) {
  return whole == 0 ? 0 : static_cast<std::uint32_t>(part * kWhole / whole);
}

double as_number(std::uint32_t value) {
  return static_cast<double>(value) / static_cast<double>(kWhole);
}

// Kinds as they are given, and who is a service by its transfers.
std::vector<std::uint8_t> kinds_of(const Question& question) {
  std::vector<std::uint8_t> kinds(question.graph.addresses(), 0);
  if (question.facts != nullptr && !question.facts->kinds.empty()) {
    kinds = question.facts->kinds;
  }
  for (const Address address : services(question.graph, question.settings)) {
    kinds[address] |= bit(kService);
  }
  return kinds;
}

using Shares = std::vector<std::uint32_t>;  // by address, in kWhole

// Of an address, by kind. Side by side, because all are asked together and an address is seldom in
// the processor's cache.
using KindShares = std::array<std::uint32_t, kKinds>;

// By address, the share of USD that is dealt with each kind.
std::vector<KindShares> direct_shares(const Question& question,
                                      const std::vector<std::uint8_t>& kinds, bool paid) {
  std::vector<KindShares> shares(question.graph.addresses());
  for_all(question, [&](Address address) {
    Wide whole = 0;
    Wide parts[kKinds] = {};
    for (const Edge& edge : side(question.graph, address, paid)) {
      if (edge.amount == kUnpriced || !question.owns(edge)) continue;
      whole += edge.amount;
      for (std::uint8_t left = kinds[edge.other]; left != 0; left &= left - 1) {
        parts[__builtin_ctz(left)] += edge.amount;
      }
    }
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      shares[address][kind] = share(parts[kind], whole);
    }
  });
  return shares;
}

// One hop of taint after those of `before`.
Shares next_taint(const Question& question, const std::vector<std::uint8_t>& kinds, bool paid,
                  const Shares& before) {
  const Settings& settings = question.settings;
  Shares after(before.size(), 0);
  for_all(question, [&](Address address) {
    Wide whole = 0;
    Wide tainted = 0;
    for (const Edge& edge : side(question.graph, address, paid)) {
      if (edge.amount == kUnpriced || !question.owns(edge)) continue;
      whole += edge.amount;
      const std::uint8_t kind = kinds[edge.other];
      if ((kind & bit(kMixer)) != 0) {
        tainted += static_cast<Wide>(edge.amount) * kWhole;
      } else if ((kind & kTerminalKinds) == 0) {
        tainted += static_cast<Wide>(edge.amount) * before[edge.other];
      }
    }
    if (whole == 0) return;
    const Wide found = tainted / whole;
    if (found * 100 < kWhole * settings.taint_least_percent) return;
    if (tainted / kWhole < static_cast<Wide>(settings.taint_floor_usd) * kUnitsPerUsd) return;
    after[address] = static_cast<std::uint32_t>(found);
  });
  return after;
}

struct Exposure {
  std::vector<std::uint8_t> kinds;
  std::vector<KindShares> direct[2];
  std::vector<Shares> tainted[2];
  std::vector<std::uint64_t> rank[2];
};

void write_side(const Question& question, const Exposure& all, Address address, bool paid,
                std::size_t row, Columns& columns) {
  Wide whole = 0;
  std::int64_t transfers = 0;
  std::int64_t by_kind[kKinds] = {};
  Wide indirect[kKinds] = {};
  for (const Edge& edge : side(question.graph, address, paid)) {
    if (!question.owns(edge)) continue;
    ++transfers;
    const std::uint8_t kind = all.kinds[edge.other];
    for (std::uint8_t left = kind; left != 0; left &= left - 1) ++by_kind[__builtin_ctz(left)];
    if (edge.amount == kUnpriced) continue;
    whole += edge.amount;
    if ((kind & kTerminalKinds) != 0) continue;
    const KindShares& shares = all.direct[paid][edge.other];
    for (std::size_t k = 0; k < kKinds; ++k) {
      if (shares[k] != 0) indirect[k] += static_cast<Wide>(edge.amount) * shares[k];
    }
  }
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    const std::size_t first = (paid * kKinds + kind) * kExposureFields;
    columns[first + kDirectTransferShare].numbers[row] = quotient(by_kind[kind], transfers);
    if (whole == 0) continue;
    columns[first + kDirectShare].numbers[row] = as_number(all.direct[paid][address][kind]);
    columns[first + kIndirectShare].numbers[row] =
        as_number(static_cast<std::uint32_t>(indirect[kind] / whole));
  }
  const std::size_t taints = 2 * kKinds * kExposureFields + paid * kTaintHops;
  for (std::size_t hop = 0; hop < kTaintHops && whole > 0; ++hop) {
    columns[taints + hop].numbers[row] = as_number(all.tainted[paid][hop][address]);
  }
}

}  // namespace

std::vector<std::uint32_t> taint(const Question& question, bool paid, std::size_t hops) {
  const auto kinds = kinds_of(question);
  Shares shares(question.graph.addresses(), 0);
  for (std::size_t hop = 0; hop < hops; ++hop) {
    shares = next_taint(question, kinds, paid, shares);
  }
  return shares;
}

std::vector<std::uint64_t> mixer_rank(const Question& question, bool backwards) {
  const Graph& graph = question.graph;
  std::vector<std::atomic<std::uint64_t>> next(graph.addresses());
  std::vector<std::uint64_t> rank(graph.addresses(), 0);
  std::vector<Address> mixers;
  const auto kinds = kinds_of(question);
  for (Address address = 0; address < graph.addresses(); ++address) {
    if ((kinds[address] & bit(kMixer)) != 0) mixers.push_back(address);
  }
  if (mixers.empty()) return rank;
  std::vector<std::uint64_t> walking(graph.addresses(), 0);
  for (const Address mixer : mixers) walking[mixer] = kWalkAll / mixers.size();
  for (int round = 0; round < kWalkRounds; ++round) {
    for_all(question, [&](Address address) {
      const std::uint64_t mass = walking[address];
      rank[address] += mass / 100 * (100 - kWalkFollowPercent);
      const bool ends = round > 0 && (kinds[address] & kTerminalKinds) != 0;
      if (mass < kWalkLeast || ends) return;
      Wide whole = 0;
      const auto edges = side(graph, address, !backwards);
      for (const Edge& edge : edges) {
        if (edge.amount != kUnpriced && question.owns(edge)) whole += edge.amount;
      }
      const Wide followed = mass / 100 * kWalkFollowPercent;
      for (const Edge& edge : edges) {
        if (edge.amount == kUnpriced || !question.owns(edge)) continue;
        const auto part = static_cast<std::uint64_t>(followed * edge.amount / whole);
        next[edge.other].fetch_add(part, std::memory_order_relaxed);
      }
    });
    for_all(question, [&](Address address) {
      walking[address] = next[address].exchange(0, std::memory_order_relaxed);
    });
  }
  for_all(question, [&](Address address) { rank[address] += walking[address]; });
  return rank;
}

Filler prepare_exposure(const Question& question) {
  const auto all = std::make_shared<Exposure>();
  all->kinds = kinds_of(question);
  for (const bool paid : {false, true}) {
    all->direct[paid] = direct_shares(question, all->kinds, paid);
    Shares shares(question.graph.addresses(), 0);
    for (std::size_t hop = 0; hop < kTaintHops; ++hop) {
      shares = next_taint(question, all->kinds, paid, shares);
      all->tainted[paid].push_back(shares);
    }
    all->rank[paid] = mixer_rank(question, paid);
  }
  return [question, all](std::span<const Address> addresses, Columns& columns) {
    for_each_address(question, addresses, [&] {
      return [&](std::size_t row, Address address) {
        for (const bool paid : {false, true}) {
          write_side(question, *all, address, paid, row, columns);
          columns[kExposureColumns - 2 + paid].numbers[row] =
              static_cast<double>(all->rank[paid][address]) / static_cast<double>(kWalkAll) *
              static_cast<double>(question.graph.addresses());
        }
      };
    });
  };
}

}  // namespace aml::flows
