#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bittensor/chain.h"
#include "validator/outside.h"
#include "validator/received_commitments.h"

namespace aml::validator {

// A chain that keeps no commitments, with those that miners posted to us in its place: deadlines
// are those of our own clock, whose seconds stand for blocks. What it is given must outlive it.
class ReceivedChain : public bittensor::ChainClient {
 public:
  ReceivedChain(bittensor::ChainClient& chain, ReceivedCommitments& received, Clock& clock)
      : chain_(chain), received_(received), clock_(clock) {}

  std::uint64_t block() override { return chain_.block(); }
  bittensor::Metagraph metagraph(std::uint16_t netuid) override { return chain_.metagraph(netuid); }
  bittensor::ChainReceipt serve_axon(std::uint16_t netuid,
                                     const bittensor::AxonAddress& address) override {
    return chain_.serve_axon(netuid, address);
  }
  bittensor::ChainReceipt set_weights(std::uint16_t netuid,
                                      const bittensor::Weights& weights) override {
    return chain_.set_weights(netuid, weights);
  }
  // There is none.
  std::string genesis_hash() override { return ""; }
  std::optional<bittensor::BlockStamp> first_block_at(std::int64_t time_ms) override;
  bittensor::CommitmentLogs commitments(std::uint16_t netuid) override;
  void interrupt() override { chain_.interrupt(); }
  std::string description() const override { return chain_.description(); }

 private:
  bittensor::ChainClient& chain_;
  ReceivedCommitments& received_;
  Clock& clock_;
};

}  // namespace aml::validator
