#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "bittensor/chain.h"

namespace aml::bittensor {

// The chain through a process around the official SDK, chain_adapter.py: one JSON request a line to
// its standard input, one reply a line from its standard output. The process is started with the
// first request and anew when it has ended, failed or not answered in time; it ends with this
// object.
class AdapterChain : public ChainClient {
 public:
  explicit AdapterChain(ChainOptions options);
  ~AdapterChain() override;

  std::uint64_t block() override;
  Metagraph metagraph(std::uint16_t netuid) override;
  ChainReceipt serve_axon(std::uint16_t netuid, const AxonAddress& address) override;
  ChainReceipt set_weights(std::uint16_t netuid, const Weights& weights) override;
  std::string genesis_hash() override;
  std::optional<BlockStamp> first_block_at(std::int64_t time_ms) override;
  CommitmentLogs commitments(std::uint16_t netuid) override;
  ChainReceipt commit(std::uint16_t netuid, const std::string& entry) override;
  void interrupt() override { interrupted_ = true; }
  std::string description() const override { return "adapter " + options_.network; }

 private:
  // The text of the reply's "result". Throws where there is none.
  std::string ask(const std::string& request);
  void start();
  void end();
  void send(const std::string& line);
  std::string receive();
  void wait(const Descriptor& end, short events,
            std::chrono::steady_clock::time_point deadline) const;

  ChainOptions options_;
  std::atomic<bool> interrupted_{false};
  int process_ = -1;
  Descriptor to_;    // its standard input
  Descriptor from_;  // its standard output
  std::string unread_;
};

}  // namespace aml::bittensor
