#pragma once

#include <cstdint>
#include <vector>

#include "simulation/economy.h"
#include "simulation/network.h"
#include "simulation/scene.h"

namespace aml::simulation {

// Appends what everybody does on an ordinary day (shopping, friends, exchange, swaps, gambling)
// until `flows` holds exactly `flow_count`, first for every address that is not in `flows` yet, so
// that each has at least one. The result depends on `key` alone, whatever the number of threads.
// Throws Error{bad_input} where flow_count leaves no room for that.
void add_everyday_flows(const Economy& economy, const Network& network, const Window& window,
                        const std::vector<Cover>& covers, std::size_t flow_count, std::uint64_t key,
                        int threads, std::vector<Flow>& flows);

}  // namespace aml::simulation
