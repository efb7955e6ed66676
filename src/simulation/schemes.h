#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulation/economy.h"
#include "simulation/scene.h"

namespace aml::simulation {

// What the launderers and their look-alikes did in the window.
struct Schemes {
  std::vector<Flow> flows;  // in no order
  std::vector<Cover> covers;
  // How often each row of typologies() was played, by launderers and by look-alikes.
  std::vector<std::size_t> laundered;
  std::vector<std::size_t> lived;
};

// Plays typologies until the economy's staged addresses are used up, and marks in it who launders.
// `key` decides everything.
Schemes play_schemes(Economy& economy, const Network& network, const Window& window,
                     std::uint64_t key);

}  // namespace aml::simulation
