// What a validator makes of verdicts: quality, the ensemble and weights.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "validator/ensemble_file.h"
#include "validator/validator.h"

namespace aml::validator {

double quality_of(std::span<const DayScore> days) {
  if (std::ssize(days) > kQualityDays) days = days.last(kQualityDays);
  double judged = 0;
  double informed = 0;
  double truths = 0;
  for (const DayScore& day : days) {
    if (day.stage != Stage::truth) continue;
    judged += 1;
    if (!day.is_informed) continue;
    informed += 1;
    truths += day.truth && day.final_score > 0 ? *day.truth : 0;
  }
  const double share = judged > 0 ? informed / judged : 1;
  const double expected = judged > 0 ? truths / judged : 0;
  std::vector<double> scores;
  for (const DayScore& day : days) {
    const bool is_open = day.stage == Stage::day && day.final_score > 0;
    const double known = day.is_informed ? day.final_score : 0;
    scores.push_back(is_open ? day.final_score * share + expected : known);
  }
  return validation::smoothed_quality(scores);
}

Validator::Standing Validator::standing(const std::string& date) {
  Standing standing;
  std::vector<int> groups;
  for (const MinerRecord& miner : ledger_.enrolled(date)) {
    const std::vector<DayScore> days = ledger_.day_scores(miner.id, kQualityDays);
    standing.miners.push_back(miner);
    standing.quality.push_back(quality_of(days));
    groups.push_back(!days.empty() && days.back().is_baseline ? 0 : -1);
  }
  standing.weights = validation::normalized_weights(standing.quality, groups);
  return standing;
}

void Validator::write_ensemble(const RoundRecord& round, const Day& day, const Answers& answers) {
  const std::filesystem::path path = ensemble_path(options_.data_dir, round.date);
  if (file_size_if_exists(path)) return;
  const Standing standing = this->standing(round.date);
  std::vector<EnsembleMember> members;
  std::vector<std::span<const double>> scores;
  const auto verdicts = ledger_.verdicts(round.date);
  for (std::size_t i = 0; i < answers.records.size(); ++i) {
    const AnswerRecord& answer = answers.records[i];
    // Only what is whole and the miner's own is heard.
    const auto verdict = std::find_if(verdicts.begin(), verdicts.end(),
                                      [&](const auto& v) { return v.miner.id == answer.miner.id; });
    if (verdict == verdicts.end() || verdict->verdict.final_score == 0) continue;
    const auto miner = std::find_if(standing.miners.begin(), standing.miners.end(),
                                    [&](const auto& m) { return m.id == answer.miner.id; });
    members.push_back(
        {answer.miner.hotkey,
         standing.weights[static_cast<std::size_t>(miner - standing.miners.begin())]});
    scores.emplace_back(answers.entrants[i].submission->scores);
  }
  std::vector<double> weights;
  double sum = 0;
  for (const EnsembleMember& member : members) sum += member.weight;
  for (EnsembleMember& member : members) {
    member.weight = sum > 0 ? member.weight / sum : 0;
    weights.push_back(member.weight);
  }
  write_ensemble_file(path, round.date, round.network, members, day.alerts->ids(),
                      validation::combine(scores, weights, options_.threads));
}

void Validator::send_weights(const std::string& date, Stage stage) {
  for (const WeightsRecord& record : ledger_.weights()) {
    if (record.date == date && record.stage == stage) return send_intended();
  }
  const std::vector<RoundRecord> rounds = ledger_.rounds();
  const Standing standing = this->standing(rounds.front().date);
  WeightsRecord weights;
  weights.date = date;
  weights.stage = stage;
  for (std::size_t i = 0; i < standing.miners.size(); ++i) {
    if (standing.weights[i] == 0) continue;
    weights.uids.push_back(standing.miners[i].uid);
    weights.hotkeys.push_back(standing.miners[i].hotkey);
    weights.values.push_back(standing.weights[i]);
  }
  if (weights.uids.empty()) {
    log::warning("no miner earned anything: no weights are sent", {{"date", date}});
    return;
  }
  ledger_.intend_weights(weights);
  send_intended();
}

// Sends the newest weights that are intended; older ones are overtaken. Weights that a killed
// validator may have sent are looked for on the chain first.
void Validator::send_intended() {
  if (!options_.set_weights) return;
  bool is_newest = true;
  for (const WeightsRecord& record : ledger_.weights()) {
    const bool is_open = record.state == Sending::intended || record.state == Sending::sending;
    if (is_open && !is_newest) {
      ledger_.settle_weights(record.date, record.stage, Sending::refused,
                             "overtaken by newer weights before they could be sent", 0);
    } else if (is_open) {
      send_one(record);
    }
    is_newest = false;
  }
}

void Validator::send_one(const WeightsRecord& record) {
  bittensor::Metagraph graph;
  try {
    graph = chain_.metagraph(options_.netuid);
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::unavailable) throw;
    log::warning("the chain cannot be reached: the weights wait", {{"why", e.what()}});
    return;
  }
  const bittensor::Neuron* own = graph.find(hotkey_.ss58());
  if (own == nullptr) {
    log::warning("this hotkey is not registered on the subnet: the weights wait",
                 {{"hotkey", hotkey_.ss58()}});
    return;
  }
  if (record.state == Sending::sending && own->last_update > record.block_before) {
    ledger_.settle_weights(record.date, record.stage, Sending::accepted,
                           "found on the chain after an interruption", own->last_update);
    return;
  }
  if (own->last_update > 0 && graph.block - own->last_update < graph.weights_rate_limit) {
    log::info("the weights wait for the chain's rate limit",
              {{"blocks", graph.weights_rate_limit - (graph.block - own->last_update)}});
    return;
  }
  bittensor::Weights weights;
  weights.version_key = options_.version_key;
  for (std::size_t i = 0; i < record.uids.size(); ++i) {
    // Whoever has taken a UID over since the round has earned nothing yet.
    const bittensor::Neuron* miner = graph.find(record.hotkeys[i]);
    if (miner == nullptr || miner->uid != record.uids[i]) continue;
    weights.uids.push_back(static_cast<std::uint16_t>(record.uids[i]));
    weights.values.push_back(record.values[i]);
  }
  ledger_.begin_sending(record.date, record.stage, own->last_update);
  try {
    const bittensor::ChainReceipt receipt = chain_.set_weights(options_.netuid, weights);
    ledger_.settle_weights(record.date, record.stage,
                           receipt.accepted ? Sending::accepted : Sending::refused, receipt.message,
                           receipt.block);
    log::info("weights sent", {{"date", record.date},
                               {"stage", stage_name(record.stage)},
                               {"accepted", receipt.accepted},
                               {"message", receipt.message}});
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::unavailable) throw;
    log::warning("the chain did not take the weights: they wait", {{"why", e.what()}});
  }
}

}  // namespace aml::validator
