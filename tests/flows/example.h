#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flows/make_graph.h"

// Transfers that tests make graphs of.
namespace aml::flows {

struct Row {
  std::string source;
  std::string dest;
  std::int64_t amount = 1 * kUnitsPerUsd;
  std::int64_t time = 0;
  std::uint64_t transaction = 0;
  std::uint64_t row_hash = 0;
  std::int64_t transfers = 0;  // of pairs
  std::int64_t last_time = kMissing;
};

// Adds the rows in batches of `batch_rows`.
inline void add_rows(TransferShard& shard, const std::vector<Row>& rows, bool are_pairs = false,
                     std::size_t batch_rows = 1000) {
  for (std::size_t begin = 0; begin < rows.size(); begin += batch_rows) {
    std::vector<std::string_view> source, dest;
    std::vector<std::int64_t> amount, time, transfers, last_time;
    std::vector<std::uint64_t> transaction, row_hash;
    for (std::size_t i = begin; i < std::min(rows.size(), begin + batch_rows); ++i) {
      source.push_back(rows[i].source);
      dest.push_back(rows[i].dest);
      amount.push_back(rows[i].amount);
      time.push_back(rows[i].time);
      transaction.push_back(rows[i].transaction);
      row_hash.push_back(rows[i].row_hash);
      if (!are_pairs) continue;
      transfers.push_back(rows[i].transfers);
      last_time.push_back(rows[i].last_time);
    }
    shard.add({source, dest, amount, time, transfers, last_time, transaction, row_hash});
  }
}

inline Graph graph_of(const std::vector<Row>& rows, int threads = 1) {
  std::vector<TransferShard> shards(1);
  add_rows(shards[0], rows);
  return make_graph(std::move(shards), threads);
}

inline Graph pairs_of(const std::vector<Row>& rows, int threads = 1) {
  std::vector<TransferShard> shards(1);
  add_rows(shards[0], rows, true);
  return make_graph(std::move(shards), threads);
}

constexpr std::int64_t kStart = 1'700'000'000;  // a second in 2023

struct RandomRows {
  std::uint64_t seed = 1;
  int addresses = 50;
  int rows = 1000;
  std::int64_t seconds = 7 * 86400;
  bool are_skewed = true;      // a few addresses have most transfers
  std::int64_t time_step = 1;  // times are multiples, so that many are equal
};

// Addresses a0, a1, …; amounts from cents to 20,000 USD, often round, equal, or what just came in;
// some have no price.
inline std::vector<Row> random_rows(const RandomRows& how) {
  std::mt19937_64 random(how.seed);
  const auto below = [&](std::int64_t n) { return static_cast<std::int64_t>(random() % n); };
  const auto address = [&] {
    const std::int64_t any = below(how.addresses);
    return how.are_skewed && below(2) == 0 ? below(any + 1) : any;
  };
  std::vector<Row> rows;
  std::vector<std::int64_t> received(how.addresses, kUnitsPerUsd * 500);
  for (int i = 0; i < how.rows; ++i) {
    const std::int64_t source = address();
    std::int64_t dest = address();
    if (dest == source) dest = (dest + 1) % how.addresses;
    std::int64_t amount = 1 + below(20'000 * kUnitsPerUsd);
    switch (below(6)) {
      case 0:
        amount = (1 + below(20)) * 100 * kUnitsPerUsd;
        break;
      case 1:
      case 2:
        amount = std::max<std::int64_t>(1, received[source] * (80 + below(21)) / 100);
        break;
      case 3:
        amount = 1 + below(100 * kUnitsPerUsd);
        break;
      default:
        break;
    }
    if (below(40) == 0) amount = 0;
    received[dest] = std::max<std::int64_t>(1, amount);
    const std::int64_t time = kStart + below(how.seconds / how.time_step) * how.time_step;
    rows.push_back({fmt::format("a{}", source), fmt::format("a{}", dest), amount, time * 1000});
  }
  return rows;
}

}  // namespace aml::flows
