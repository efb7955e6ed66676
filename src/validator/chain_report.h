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

// `weights`: how many a sending has. `read_at`: when the metagraph was read, as utc_text() has it.
ChainReport report_chain(const bittensor::Metagraph& graph, const WeightOptions& options,
                         std::size_t weights, const std::string& read_at);

}  // namespace aml::validator
