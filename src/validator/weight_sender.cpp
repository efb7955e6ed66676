#include "validator/weight_sender.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/log.h"

namespace aml::validator {

namespace {

// Of subnets whose chain does not say: Bittensor's defaults.
constexpr std::uint64_t kUsualTempo = 360;
constexpr std::uint64_t kUsualCutoff = 5000;

std::uint64_t blocks_since(const bittensor::Metagraph& graph, std::uint64_t block) {
  return graph.block - std::min(graph.block, block);
}

// Whether a sending whose end is not known can no longer arrive.
bool is_past(const WeightsRecord& record, const bittensor::Metagraph& graph) {
  return record.begun_block == 0 ||
         blocks_since(graph, record.begun_block) >= bittensor::kChainEraBlocks;
}

bool has_arrived(const WeightsRecord& record, const bittensor::Neuron& own) {
  return own.last_update > record.block_before;
}

Sending taken_state(const bittensor::Metagraph& graph) {
  return graph.rules.commit_reveal ? Sending::committed : Sending::accepted;
}

// The subnet's owner. Where the chain does not say who that is, who stands at UID 0: a subnet
// begins with its owner's registration. Nobody where that is `own`: weight for oneself is no
// burning.
std::optional<std::uint16_t> owner_of(const bittensor::Metagraph& graph, const std::string& own) {
  if (const auto* owner = graph.find(graph.rules.owner_hotkey)) return owner->uid;
  const bool has_first =
      graph.rules.owner_hotkey.empty() &&
      std::any_of(graph.neurons.begin(), graph.neurons.end(),
                  [&](const bittensor::Neuron& one) { return one.uid == 0 && one.hotkey != own; });
  return has_first ? std::optional<std::uint16_t>(0) : std::nullopt;
}

}  // namespace

std::uint64_t resend_blocks(const bittensor::Metagraph& graph) {
  const std::uint64_t tempo = graph.tempo > 0 ? graph.tempo : kUsualTempo;
  const std::uint64_t cutoff =
      graph.rules.activity_cutoff > 0 ? graph.rules.activity_cutoff : kUsualCutoff;
  return std::max(graph.weights_rate_limit, std::min(tempo, cutoff / 2));
}

WeightSender::WeightSender(WeightOptions options, Ledger& ledger, bittensor::ChainClient& chain)
    : options_(std::move(options)), ledger_(ledger), chain_(chain) {}

std::optional<bittensor::Metagraph> WeightSender::read_chain(const char* otherwise) {
  try {
    auto graph = chain_.metagraph(options_.netuid);
    if (options_.on_read) options_.on_read(graph);
    return graph;
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::interrupted) throw;
    log::warning(otherwise, {{"why", e.what()}});
    return std::nullopt;
  }
}

void WeightSender::tend(Clock::time_point now) {
  if (!options_.is_enabled) return;
  const std::vector<WeightsRecord> records = ledger_.weights();
  if (records.empty()) return;
  const WeightsRecord& newest = records.front();
  if (newest.sequence != sequence_) {
    sequence_ = newest.sequence;
    pause_ = kFirstPause;
  } else if (now < next_look_) {
    return;
  }
  next_look_ = now + (is_on_chain(newest.state) ? kLookPause : kFirstPause);
  const auto graph = read_chain("the chain cannot be read: the weights wait");
  if (!graph) return;
  const bittensor::Neuron* own = graph->find(options_.hotkey);
  if (own == nullptr) {
    log::warning("this hotkey is not registered on the subnet: the weights wait",
                 {{"hotkey", options_.hotkey}, {"netuid", options_.netuid}});
    return;
  }
  if (!settle_older(records, *graph, *own)) return;
  const WeightsRecord record = settled(newest, *graph, *own);
  if (is_due(record, *graph, *own)) send(record, *graph, *own, now);
}

std::optional<std::string> WeightSender::unsent() {
  const std::vector<WeightsRecord> records = ledger_.weights();
  if (!options_.is_enabled || records.empty() || is_on_chain(records.front().state)) {
    return std::nullopt;
  }
  const WeightsRecord& newest = records.front();
  const bool has_nobody = newest.hotkeys.empty() && newest.state == Sending::intended;
  if (has_nobody && !options_.must_burn) return std::nullopt;
  return fmt::format("the chain has not taken the weights of {} ({}){}{}", newest.date,
                     sending_name(newest.state), newest.message.empty() ? "" : ": ",
                     newest.message);
}

// Older weights that are open are overtaken by the newest; false while one may still arrive, which
// would undo newer ones.
bool WeightSender::settle_older(const std::vector<WeightsRecord>& records,
                                const bittensor::Metagraph& graph, const bittensor::Neuron& own) {
  bool is_clear = true;
  for (const WeightsRecord& record : records) {
    if (record.sequence == records.front().sequence) continue;
    if (record.state == Sending::sending && has_arrived(record, own)) {
      settled(record, graph, own);
    } else if (record.state == Sending::sending && !is_past(record, graph)) {
      log::info("newer weights wait until older ones have arrived or cannot any more",
                {{"date", record.date}, {"stage", stage_name(record.stage)}});
      is_clear = false;
    } else if (record.state == Sending::sending && record.block > 0) {  // the first time it came
      ledger_.settle_weights(record.date, record.stage, taken_state(graph),
                             "overtaken by newer weights before they could be sent again",
                             record.block);
    } else if (!is_on_chain(record.state) && record.state != Sending::refused) {
      ledger_.settle_weights(record.date, record.stage, Sending::refused,
                             "overtaken by newer weights before they could be sent", 0);
    }
  }
  return is_clear;
}

// The record, with what the chain tells of a sending whose end was not known, and of a commitment.
WeightsRecord WeightSender::settled(WeightsRecord record, const bittensor::Metagraph& graph,
                                    const bittensor::Neuron& own) {
  if (record.state == Sending::sending && has_arrived(record, own)) {
    record.state = taken_state(graph);
    record.block = own.last_update;
    ledger_.settle_weights(record.date, record.stage, record.state,
                           "found on the chain after an interruption", record.block);
    log::info("the weights are on the chain", {{"date", record.date}, {"block", record.block}});
  }
  if (record.state == Sending::committed && graph.waiting_commits) {
    const auto& waiting = *graph.waiting_commits;
    const bool is_waiting = record.reveal_round == 0 ? !waiting.empty()
                                                     : std::count(waiting.begin(), waiting.end(),
                                                                  record.reveal_round) > 0;
    // The commitment was read at this block or later, or it would be missing for that.
    if (!is_waiting && graph.block > record.block) {
      record.state = Sending::revealed;
      ledger_.reveal_weights(record.date, record.stage);
      log::info("the weights were revealed",
                {{"date", record.date}, {"reveal_round", record.reveal_round}});
    }
  }
  return record;
}

bool WeightSender::is_due(const WeightsRecord& record, const bittensor::Metagraph& graph,
                          const bittensor::Neuron& own) const {
  if (graph.rules.null_consensus) {
    log::warning("the subnet runs null consensus, which is not supported: the weights wait",
                 {{"netuid", options_.netuid}});
    return false;
  }
  if (record.state == Sending::sending && !is_past(record, graph)) {
    log::info("how the sending of the weights ended is not known yet",
              {{"date", record.date}, {"begun_block", record.begun_block}});
    return false;
  }
  const std::uint64_t last =
      std::max(own.last_update, is_on_chain(record.state) ? record.block : 0);
  if (is_on_chain(record.state) && blocks_since(graph, last) < resend_blocks(graph)) return false;
  if (last > 0 && blocks_since(graph, last) < graph.weights_rate_limit) {
    log::info("the weights wait for the chain's rate limit",
              {{"blocks", graph.weights_rate_limit - blocks_since(graph, last)}});
    return false;
  }
  return true;
}

// For whoever is there of those who earned something, at the UID where it stands now.
bittensor::Weights WeightSender::weights_of(const WeightsRecord& record,
                                            const bittensor::Metagraph& graph) const {
  bittensor::Weights weights;
  weights.version_key = options_.version_key;
  for (std::size_t i = 0; i < record.hotkeys.size(); ++i) {
    const bittensor::Neuron* miner = graph.find(record.hotkeys[i]);
    if (miner == nullptr || record.values[i] <= 0) continue;
    weights.uids.push_back(miner->uid);
    weights.values.push_back(record.values[i]);
  }
  if (!weights.uids.empty() || !options_.burns) return weights;
  if (const auto uid = options_.burn_uid ? options_.burn_uid : owner_of(graph, options_.hotkey)) {
    log::warning("nobody earned anything: the weight goes to the UID of --burn-uid",
                 {{"date", record.date}, {"uid", *uid}});
    weights.uids.push_back(*uid);
    weights.values.push_back(1);
  }
  return weights;
}

void WeightSender::send(const WeightsRecord& record, const bittensor::Metagraph& graph,
                        const bittensor::Neuron& own, Clock::time_point now) {
  const bittensor::Weights weights = weights_of(record, graph);
  if (weights.uids.empty()) {
    log::warning(
        options_.burns
            ? "nobody earned anything, and the burn UID is not known: no weights are sent"
            : "nobody who earned anything is on the subnet: no weights are sent (--burn-uid none)",
        {{"date", record.date}});
    return;
  }
  ledger_.begin_sending(record.date, record.stage, own.last_update, graph.block);
  try {
    note_receipt(record, chain_.set_weights(options_.netuid, weights), own.last_update, now);
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::interrupted) throw;
    ledger_.note_weights(record.date, record.stage, e.what());
    log::warning("whether the weights arrived is not known: the chain will tell",
                 {{"date", record.date}, {"why", e.what()}});
  }
}

void WeightSender::note_receipt(const WeightsRecord& record, const bittensor::ChainReceipt& receipt,
                                std::uint64_t block_before, Clock::time_point now) {
  const auto settle = [&](Sending state, std::uint64_t block) {
    ledger_.settle_weights(record.date, record.stage, state, receipt.message, block,
                           receipt.reveal_round);
  };
  if (receipt.accepted) {
    settle(receipt.reveal_round > 0 ? Sending::committed : Sending::accepted, receipt.block);
    pause_ = kFirstPause;
    next_look_ = now + kLookPause;
    log::info("weights sent", {{"date", record.date},
                               {"stage", stage_name(record.stage)},
                               {"block", receipt.block},
                               {"reveal_round", receipt.reveal_round}});
    return;
  }
  if (!receipt.is_certain) throw Error(ErrorKind::unavailable, receipt.message);
  // What was sent earlier may be why it is refused now.
  const bittensor::Metagraph graph = chain_.metagraph(options_.netuid);
  const bittensor::Neuron* own = graph.find(options_.hotkey);
  if (own != nullptr && own->last_update > block_before) {
    settle(taken_state(graph), own->last_update);
    return;
  }
  settle(Sending::refused, receipt.block);
  next_look_ = now + pause_;
  log::warning("the chain refuses the weights: they are sent again after a pause",
               {{"date", record.date},
                {"stage", stage_name(record.stage)},
                {"why", receipt.message},
                {"pause_seconds", pause_.count()}});
  pause_ = std::min(kLongestPause, 2 * pause_);
}

}  // namespace aml::validator
