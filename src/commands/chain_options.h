#pragma once

#include <cstdint>
#include <string>

#include "bittensor/chain.h"

namespace CLI {
class App;
}

namespace aml::commands {

// How a command reaches the chain, and which subnet it is about.
struct ChainSettings {
  bittensor::ChainOptions chain{.chain = "adapter"};
  std::uint16_t netuid = 0;
};

void declare_chain_options(CLI::App& app, ChainSettings& settings);

}  // namespace aml::commands
