#include "miner/admission.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace aml::miner {

Admission::Admission(AdmissionPolicy policy)
    : policy_(std::move(policy)), allowed_(policy_.allowed.begin(), policy_.allowed.end()) {}

std::optional<Refusal> Admission::refuse_stranger(std::string_view hotkey,
                                                  const bittensor::Neuron* neuron,
                                                  bool is_known) const {
  if (allowed_.contains(std::string(hotkey))) return std::nullopt;
  if (!is_known) return Refusal{503, "the metagraph is not known yet; try again", 30};
  if (neuron == nullptr) return Refusal{403, "this hotkey is not registered on the subnet", 0};
  if (!neuron->validator_permit) return Refusal{403, "this hotkey holds no validator permit", 0};
  if (neuron->stake < policy_.min_stake) {
    return Refusal{403, fmt::format("this hotkey's stake is below {:g}", policy_.min_stake), 0};
  }
  return std::nullopt;
}

std::variant<Ticket, Refusal> Admission::admit(std::string_view hotkey, Clock::time_point now) {
  const std::string name(hotkey);
  // Strangers never come here, so there are as many accounts as validators.
  const std::lock_guard lock(accounts_->mutex);
  const auto [found, is_new] = accounts_->by_hotkey.try_emplace(name);
  Account& account = found->second;
  const double capacity = std::max(1.0, policy_.per_minute);
  if (is_new) {
    account.tokens = capacity;
  } else {
    const double minutes = std::chrono::duration<double>(now - account.filled).count() / 60;
    account.tokens = std::min(capacity, account.tokens + minutes * policy_.per_minute);
  }
  account.filled = now;
  if (account.tokens < 1) {
    const double wait_s = (1 - account.tokens) * 60 / policy_.per_minute;
    return Refusal{429, fmt::format("more than {:g} requests a minute", policy_.per_minute),
                   static_cast<int>(std::ceil(wait_s))};
  }
  if (account.under_way >= policy_.at_once) {
    return Refusal{429, fmt::format("more than {} requests at once", policy_.at_once), 1};
  }
  account.tokens -= 1;
  ++account.under_way;
  return Ticket(nullptr, [accounts = accounts_, name](std::nullptr_t) {
    const std::lock_guard returning(accounts->mutex);
    --accounts->by_hotkey.at(name).under_way;
  });
}

int Admission::priority(std::string_view hotkey, const bittensor::Neuron* neuron) const {
  constexpr int kMost = std::numeric_limits<int>::max();
  if (allowed_.contains(std::string(hotkey))) return kMost;
  if (neuron == nullptr || !(neuron->stake > 0)) return 0;
  return static_cast<int>(std::min(neuron->stake, kMost - 1.0));
}

}  // namespace aml::miner
