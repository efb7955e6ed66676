#include "simulated_chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace aml::simulated {

namespace {

// Blocks after which a commitment is revealed.
constexpr std::uint64_t kRevealBlocks = 360;

}  // namespace

SimulatedChain::SimulatedChain(Random& random, std::vector<std::string> hotkeys, bool has_commits)
    : random_(random), has_commits_(has_commits) {
  for (std::string& hotkey : hotkeys) places_.push_back({std::move(hotkey)});
}

bool SimulatedChain::takes(const Included& what) {
  if (!included_.empty() && what.block - last_update() < kRateLimit) return false;
  included_.push_back(what);
  return true;
}

std::optional<std::string> SimulatedChain::misnoted(const validator::WeightsRecord& record,
                                                    const std::vector<std::uint64_t>& sent) const {
  const auto has = [&](std::uint64_t request) {
    return std::any_of(included_.begin(), included_.end(),
                       [&](const Included& what) { return what.request == request; });
  };
  if (validator::is_on_chain(record.state) && std::none_of(sent.begin(), sent.end(), has)) {
    return fmt::format("weights of {} are noted as on the chain, and are not", record.date);
  }
  if (record.state == validator::Sending::refused && !sent.empty() && has(sent.back())) {
    return fmt::format("weights of {} landed and are noted as refused", record.date);
  }
  return std::nullopt;
}

void SimulatedChain::make_blocks(std::uint64_t count) {
  for (; count > 0; --count) {
    ++block_;
    for (std::size_t i = 0; i < waiting_.size();) {
      if (waiting_[i].lands_at != block_) {
        ++i;
        continue;
      }
      Included what = std::move(waiting_[i].what);
      waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
      what.block = block_;
      takes(what);
    }
  }
}

void SimulatedChain::move_miners() {
  const auto any = [&] { return 1 + random_.below(places_.size() - 1); };
  if (random_.chance(500)) {
    std::swap(places_[any()], places_[any()]);
  } else {
    Place& place = places_[any()];
    place.is_there = !place.is_there;
  }
}

void SimulatedChain::bring_everyone_back() {
  for (Place& place : places_) place.is_there = true;
}

void SimulatedChain::be_away_perhaps() {
  if (!random_.chance(faults_permille_)) return;
  throw Error(random_.chance(700) ? ErrorKind::unavailable : ErrorKind::internal, "away");
}

bittensor::Metagraph SimulatedChain::metagraph(std::uint16_t netuid) {
  be_away_perhaps();
  bittensor::Metagraph graph;
  graph.netuid = netuid;
  graph.block = block_;
  graph.tempo = kTempo;
  graph.weights_rate_limit = kRateLimit;
  graph.rules.activity_cutoff = kCutoff;
  graph.rules.commit_reveal = has_commits_;
  for (std::size_t uid = 0; uid < places_.size(); ++uid) {
    if (!places_[uid].is_there) continue;
    bittensor::Neuron neuron;
    neuron.uid = static_cast<std::uint16_t>(uid);
    neuron.hotkey = places_[uid].hotkey;
    neuron.validator_permit = uid == 0;
    if (uid == 0) {
      neuron.last_update = last_update();
    } else {
      neuron.host = "203.0.113.1";
      neuron.port = 8091;
    }
    graph.neurons.push_back(neuron);
  }
  if (has_commits_) {
    graph.waiting_commits.emplace();
    for (const Included& what : included_) {
      if (block_ - what.block < kRevealBlocks) graph.waiting_commits->push_back(what.request);
    }
  }
  return graph;
}

bittensor::ChainReceipt SimulatedChain::serve_axon(std::uint16_t, const bittensor::AxonAddress&) {
  throw Error(ErrorKind::usage, "nothing is announced here");
}

bittensor::ChainReceipt SimulatedChain::set_weights(std::uint16_t,
                                                    const bittensor::Weights& weights) {
  be_away_perhaps();
  Included what{.block = 0, .request = ++requests_, .hotkeys = {}, .values = weights.values};
  for (const std::uint16_t uid : weights.uids) what.hotkeys.push_back(places_.at(uid).hotkey);
  if (on_request) on_request(what);
  bittensor::ChainReceipt receipt;
  if (random_.chance(faults_permille_)) {  // sent, and nobody hears what became of it
    if (random_.chance(600)) {
      waiting_.push_back({what, block_ + 1 + random_.below(bittensor::kChainEraBlocks - 1)});
    }
    if (random_.chance(300)) make_blocks(random_.below(40));
    if (random_.chance(500)) throw Error(ErrorKind::unavailable, "the connection was lost");
    receipt.is_certain = false;
    receipt.message = "no block came in time";
    return receipt;
  }
  make_blocks(1);
  what.block = block_;
  receipt.block = block_;
  if (random_.chance(faults_permille_)) {
    receipt.message = "NotEnoughStakeToSetWeights";
    return receipt;
  }
  receipt.accepted = takes(what);
  if (!receipt.accepted) receipt.message = "SettingWeightsTooFast";
  if (receipt.accepted && has_commits_) receipt.reveal_round = what.request;
  return receipt;
}

}  // namespace aml::simulated
