#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bittensor/chain.h"
#include "validator/ledger.h"

namespace aml::validator {

struct WeightOptions {
  std::uint16_t netuid = 0;
  std::string hotkey;  // ours, ss58
  std::uint64_t version_key = 0;
  bool is_enabled = true;
  // Who gets the weight that nobody earned: this UID, or the subnet owner's; or nobody.
  bool burns = false;
  std::optional<std::uint16_t> burn_uid{};
  bool must_burn = false;  // somebody asked for it: where nobody can get it, something is undone
  // Is told each metagraph that was read; may be empty.
  std::function<void(const bittensor::Metagraph&)> on_read{};
};

// Brings the newest weights of the ledger onto the chain and keeps them there: again about every
// tempo, because a validator whose weights grow old counts as inactive. What the chain refuses is
// tried again with growing pauses. What was sent and may have arrived is looked for on the chain
// before it is sent again or counts as refused, so nothing is sent twice within the chain's rate
// limit. Every step is in the ledger before it is taken: a killed validator goes on where it was.
class WeightSender {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kFirstPause{60};
  static constexpr std::chrono::seconds kLongestPause{3600};
  // Between two looks at weights that are on the chain.
  static constexpr std::chrono::seconds kLookPause{300};

  WeightSender(WeightOptions options, Ledger& ledger, bittensor::ChainClient& chain);

  // One look at what there is to send. A chain out of reach is a line in the log. Throws
  // Error{interrupted}, and what the ledger throws.
  void tend(Clock::time_point now = Clock::now());

  // Why the newest weights are not on the chain; nothing where they are, where there are none, and
  // where none are to be sent.
  std::optional<std::string> unsent();

 private:
  bool settle_older(const std::vector<WeightsRecord>& records, const bittensor::Metagraph& graph,
                    const bittensor::Neuron& own);
  WeightsRecord settled(WeightsRecord record, const bittensor::Metagraph& graph,
                        const bittensor::Neuron& own);
  bool is_due(const WeightsRecord& record, const bittensor::Metagraph& graph,
              const bittensor::Neuron& own) const;
  bittensor::Weights weights_of(const WeightsRecord& record,
                                const bittensor::Metagraph& graph) const;
  void send(const WeightsRecord& record, const bittensor::Metagraph& graph,
            const bittensor::Neuron& own, Clock::time_point now);
  void note_receipt(const WeightsRecord& record, const bittensor::ChainReceipt& receipt,
                    std::uint64_t block_before, Clock::time_point now);
  std::optional<bittensor::Metagraph> read_chain(const char* otherwise);

  const WeightOptions options_;
  Ledger& ledger_;
  bittensor::ChainClient& chain_;
  // Until when the weights of this sequence are left alone, and how long the next pause is.
  std::int64_t sequence_ = 0;
  Clock::time_point next_look_;
  std::chrono::seconds pause_ = kFirstPause;
};

// Blocks after which weights are sent again: a tempo, but at the latest half the activity cutoff
// and at the earliest what the rate limit allows.
std::uint64_t resend_blocks(const bittensor::Metagraph& graph);

}  // namespace aml::validator
