#include "validator/received_chain.h"

#include "bittensor/posted_commitment.h"

namespace aml::validator {

std::optional<bittensor::BlockStamp> ReceivedChain::first_block_at(std::int64_t time_ms) {
  return bittensor::first_second_at(time_ms, clock_.utc_ms());
}

bittensor::CommitmentLogs ReceivedChain::commitments(std::uint16_t) { return received_.logs(); }

}  // namespace aml::validator
