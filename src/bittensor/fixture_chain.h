#pragma once

#include <filesystem>
#include <string>

#include "bittensor/chain.h"

namespace aml::bittensor {

// A chain in a JSON file, for tests and dry runs: {"netuid":…, "block":…, "neurons":[…]}, and after
// set_weights also {"weights":{hotkey:{"block","version_key","uids","values"}}}. The file is read
// anew at every call and replaced whole, under a lock, so several processes may share it. "block"
// grows by one with every change. It holds to the rules that stand in the file (rate limits,
// permit, stake, version key, number of weights), and fails as it is told to (docs/protocol.md):
// "refuse":"sentence" refuses all changes in these words, "lose":"before" or "after" loses the
// connection before or after a change took effect, "away":true answers nothing. Where it has a
// "genesis_ms" it has a clock, block n being 12 seconds later than block n - 1, and commitments.
class FixtureChain : public ChainClient {
 public:
  // Throws Error{usage} where something else than a file is there.
  FixtureChain(std::filesystem::path path, std::string hotkey);

  std::uint64_t block() override;
  Metagraph metagraph(std::uint16_t netuid) override;
  ChainReceipt serve_axon(std::uint16_t netuid, const AxonAddress& address) override;
  ChainReceipt set_weights(std::uint16_t netuid, const Weights& weights) override;
  std::string genesis_hash() override;
  std::optional<BlockStamp> first_block_at(std::int64_t time_ms) override;
  CommitmentLogs commitments(std::uint16_t netuid) override;
  ChainReceipt commit(std::uint16_t netuid, const std::string& entry) override;
  std::string description() const override { return "fixture " + path_.string(); }

 private:
  Metagraph read_metagraph(std::uint16_t netuid) const;

  std::filesystem::path path_;
  std::string hotkey_;
};

}  // namespace aml::bittensor
