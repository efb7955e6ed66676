#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bittensor/chain.h"
#include "random.h"
#include "validator/ledger.h"

namespace aml::simulated {

// A subnet's chain whose blocks are made when we say so. It takes weights as Bittensor's does: only
// so often, now or some blocks later; and it is away, refuses or forgets to say so at random.
class SimulatedChain : public bittensor::ChainClient {
 public:
  static constexpr std::uint64_t kRateLimit = 100;
  static constexpr std::uint64_t kTempo = 360;
  static constexpr std::uint64_t kCutoff = 5000;

  SimulatedChain(Random& random, std::vector<std::string> hotkeys, bool has_commits);

  // What stands on the chain: whose weights, by hotkey, since which block.
  struct Included {
    std::uint64_t block = 0;
    std::uint64_t request = 0;  // the how many-th call of set_weights
    std::vector<std::string> hotkeys;
    std::vector<double> values;
  };
  const std::vector<Included>& included() const { return included_; }
  std::uint64_t requests() const { return requests_; }
  std::uint64_t now() const { return block_; }
  // What is wrong with what is noted of weights that were sent by these requests, the newest last;
  // nothing where it is what stands on the chain.
  std::optional<std::string> misnoted(const validator::WeightsRecord& record,
                                      const std::vector<std::uint64_t>& sent) const;
  // Whether something that was sent may still come in.
  bool is_waiting() const { return !waiting_.empty(); }
  std::uint64_t last_update() const { return included_.empty() ? 0 : included_.back().block; }

  void make_blocks(std::uint64_t count);
  // Gives two miners each other's UIDs, or takes one off the subnet or back.
  void move_miners();
  // Whoever left registers again: where all have, nobody can be given weights.
  void bring_everyone_back();
  // In a thousand; 0: all goes well.
  void set_faults(int permille) { faults_permille_ = permille; }
  // Is told of each call of set_weights that reaches the chain, before it is taken.
  std::function<void(const Included&)> on_request{};

  std::uint64_t block() override { return block_; }
  bittensor::Metagraph metagraph(std::uint16_t netuid) override;
  bittensor::ChainReceipt serve_axon(std::uint16_t, const bittensor::AxonAddress&) override;
  bittensor::ChainReceipt set_weights(std::uint16_t netuid,
                                      const bittensor::Weights& weights) override;
  std::string description() const override { return "simulated"; }

 private:
  struct Request {
    Included what;
    std::uint64_t lands_at = 0;
  };
  struct Place {
    std::string hotkey;
    bool is_there = true;
  };
  bool takes(const Included& what);
  void be_away_perhaps();

  Random& random_;
  std::vector<Place> places_;  // by UID; the first is the validator's
  bool has_commits_;
  int faults_permille_ = 0;
  std::uint64_t block_ = 1000;
  std::uint64_t requests_ = 0;
  std::vector<Request> waiting_;
  std::vector<Included> included_;
};

}  // namespace aml::simulated
