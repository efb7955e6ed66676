#pragma once

#include <vector>

#include "flows/graph.h"
#include "flows/transfer_shard.h"

namespace aml::flows {

// The graph of all rows of the shards, which are used up. The rows of all shards are of one file:
// with a row for every transfer, or for every pair of addresses.
// Where shards have the rows of a part of the addresses, `part` says which: then duplicates,
// unpriced and limited are counted of its payers, change and consolidation of its payees, and the
// rest of LoadCounts of the whole file, but for `kept`, which is less by these duplicates.
Graph make_graph(std::vector<TransferShard> shards, int threads, const AddressPart* part = nullptr);

}  // namespace aml::flows
