#pragma once

#include "bittensor/chain.h"

namespace aml::bittensor {

// Throws Error{usage} where `chain` is none of those that open_chain() opens, or names an address
// that cannot be one. Asks nobody.
void check_chain(const ChainOptions& options);

}  // namespace aml::bittensor
