#pragma once

#include <vector>

#include "flows/graph.h"
#include "flows/transfer_shard.h"

namespace aml::flows {

// The graph of all rows of the shards, which are used up. The rows of all shards are of one file:
// with a row for every transfer, or for every pair of addresses.
Graph make_graph(std::vector<TransferShard> shards, int threads);

}  // namespace aml::flows
