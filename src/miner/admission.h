#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "bittensor/chain.h"

namespace aml::miner {

struct AdmissionPolicy {
  double min_stake = 0;                // of holders of a validator permit
  std::vector<std::string> allowed{};  // hotkeys that may ask whatever the chain says
  double per_minute = 60;              // requests of one hotkey; so many at once after a pause
  int at_once = 4;                     // of one hotkey, until the last byte of the answer was sent
};

// What lets a request on; the hotkey may have one more under way once it is gone.
using Ticket = std::shared_ptr<void>;

struct Refusal {
  int status;          // 403 not a validator, 429 too many, 503 nobody knows yet
  std::string reason;  // for the caller
  int retry_after_s;   // 0: no use
};

// Decides who may ask, and how often. May be called from any thread.
class Admission {
 public:
  using Clock = std::chrono::steady_clock;
  explicit Admission(AdmissionPolicy policy);

  // Why the hotkey may not ask at all; nothing where it may. `neuron` is that of the hotkey on the
  // subnet, null where it has none; `is_known` tells whether there is a metagraph to look it up in.
  std::optional<Refusal> refuse_stranger(std::string_view hotkey, const bittensor::Neuron* neuron,
                                         bool is_known) const;
  // Counts a request of a hotkey that may ask. REQUIRES: its signature was verified.
  std::variant<Ticket, Refusal> admit(std::string_view hotkey,
                                      Clock::time_point now = Clock::now());
  // Of two that wait, the one with more stake goes first; those of the list go before all.
  int priority(std::string_view hotkey, const bittensor::Neuron* neuron) const;

 private:
  struct Account {
    double tokens = 0;
    Clock::time_point filled;
    int under_way = 0;
  };
  // Shared with the tickets, which may outlive this object.
  struct Accounts {
    std::mutex mutex;
    std::unordered_map<std::string, Account> by_hotkey;
  };

  AdmissionPolicy policy_;
  std::unordered_set<std::string> allowed_;
  std::shared_ptr<Accounts> accounts_ = std::make_shared<Accounts>();
};

}  // namespace aml::miner
