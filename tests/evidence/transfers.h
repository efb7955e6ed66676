#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evidence/flow_index.h"
#include "flows/make_graph.h"

// Transfers that tests make indices of.
namespace aml::evidence {

inline constexpr std::int64_t kStart = 1'700'000'000;

struct Transfer {
  std::string source;
  std::string dest;
  std::int64_t usd;
  std::int64_t second;  // after kStart
};

// Each of a transaction of its own.
inline flows::Graph graph_of(const std::vector<Transfer>& transfers) {
  std::vector<std::string_view> source;
  std::vector<std::string_view> dest;
  std::vector<std::int64_t> amount;
  std::vector<std::int64_t> time;
  std::vector<std::int64_t> none;
  std::vector<std::uint64_t> id;
  for (const Transfer& one : transfers) {
    source.push_back(one.source);
    dest.push_back(one.dest);
    amount.push_back(one.usd * flows::kUnitsPerUsd);
    time.push_back(kStart + one.second);
    id.push_back(id.size() + 1);
  }
  std::vector<flows::TransferShard> shards(1);
  shards[0].add({source, dest, amount, time, none, none, id, id});
  return flows::make_graph(std::move(shards), 1);
}

inline FlowIndex index_of(const std::vector<Transfer>& transfers) {
  return FlowIndex(graph_of(transfers));
}

}  // namespace aml::evidence
