#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bittensor/chain.h"
#include "validator/weight_sender.h"

namespace aml::validator {

// What the chain says of this validator, and which of its rules will refuse its weights.
struct ChainReport {
  std::vector<std::string> warnings;  // a sentence each
  std::string json;                   // all of it: /health shows it
};

// `weights`: how many a sending has.
ChainReport report_chain(const bittensor::Metagraph& graph, const WeightOptions& options,
                         std::size_t weights);

}  // namespace aml::validator
