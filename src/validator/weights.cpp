// What a validator makes of verdicts: quality, the ensemble and weights.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/log.h"
#include "validator/chain_report.h"
#include "validator/commitments.h"
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

double smoothed_contribution_of(Ledger& ledger, const MinerRecord& miner) {
  return validation::smoothed_contribution(ledger.contributions(miner, kQualityDays));
}

Validator::Standing Validator::standing(const std::string& date) {
  Standing standing;
  std::vector<double> contributions;
  for (const MinerRecord& miner : ledger_.enrolled(date)) {
    standing.miners.push_back(miner);
    contributions.push_back(smoothed_contribution_of(ledger_, miner));
  }
  standing.weights = validation::contribution_weights(contributions);
  return standing;
}

void Validator::write_ensemble(const RoundRecord& round, const Day& day, const Answers& answers) {
  if (archive_.has_ensemble(round.date)) return;
  const Standing standing = this->standing(round.date);
  std::vector<EnsembleMember> members;
  std::vector<std::size_t> heard;
  std::vector<std::span<const double>> scores;
  const auto verdicts = ledger_.verdicts(round.date);
  double sum = 0;
  for (std::size_t i = 0; i < answers.records.size(); ++i) {
    const AnswerRecord& answer = answers.records[i];
    // Only what is whole and the miner's own is heard.
    const auto verdict = std::find_if(verdicts.begin(), verdicts.end(),
                                      [&](const auto& v) { return v.miner.id == answer.miner.id; });
    if (verdict == verdicts.end()) continue;
    if (options_.demands_commitments) {
      // Whose it is was settled before anybody could see it: likeness takes nothing.
      if (verdict->verdict.integrity == 0 || !is_committed(verdict->verdict)) continue;
    } else if (verdict->verdict.final_score == 0) {
      continue;
    }
    if (!answers.entrants[i].submission) continue;  // judged before its body was damaged
    const auto miner = std::find_if(standing.miners.begin(), standing.miners.end(),
                                    [&](const auto& m) { return m.id == answer.miner.id; });
    members.push_back(
        {answer.miner.hotkey,
         standing.weights[static_cast<std::size_t>(miner - standing.miners.begin())]});
    sum += members.back().weight;
    heard.push_back(i);
    scores.emplace_back(answers.entrants[i].submission->scores);
  }
  for (EnsembleMember& member : members) member.weight = sum > 0 ? member.weight / sum : 0;
  // The score is q with what is trusted beyond it; median and variance are of the answers as they
  // are, each counted once.
  auto combined =
      validation::combine(scores, std::vector<double>(scores.size(), 1.0), options_.threads);
  if (!heard.empty()) {
    const std::vector<double> chances = ensemble_chances(round, day, answers, heard);
    for (std::size_t i = 0; i < combined.size(); ++i) combined[i].mean = chances[i];
  }
  archive_.keep_ensemble(
      round.date, ensemble_text(round.date, round.network, members, day.alerts->ids(), combined));
}

void Validator::intend_weights(const std::string& date, Stage stage) {
  for (const WeightsRecord& record : ledger_.weights()) {
    if (record.date == date && record.stage == stage) return;
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
  if (weights.uids.empty() && !options_.burns) {
    log::warning(
        "no miner earned anything: no weights are sent (--burn-uid says who gets what nobody "
        "earned)",
        {{"date", date}});
    return;
  }
  ledger_.intend_weights(weights);
}

std::optional<std::string> Validator::unsent_weights() { return sender_.unsent(); }

void Validator::tend_weights() { sender_.tend(clock_.now()); }

void Validator::note_chain(const bittensor::Metagraph& graph) {
  const std::vector<WeightsRecord> sent = ledger_.weights();
  std::size_t count = 0;
  for (const bittensor::Neuron& neuron : graph.neurons) count += neuron.has_axon() ? 1 : 0;
  if (!sent.empty()) count = std::max<std::size_t>(1, sent.front().hotkeys.size());
  ChainReport report = report_chain(graph, weight_options(), count, utc_text(clock_.utc()));
  ledger_.keep("chain", report.json);
  for (const std::string& warning : report.warnings) {
    const bool is_said = std::find(said_.begin(), said_.end(), warning) != said_.end();
    if (!is_said) log::warning(warning);
  }
  said_ = std::move(report.warnings);
}

void Validator::look_at_chain() {
  try {
    note_chain(chain_.metagraph(options_.netuid));
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::interrupted || e.kind() == ErrorKind::not_found) throw;
    log::warning("the chain cannot be read at the start", {{"why", e.what()}});
  }
}

}  // namespace aml::validator
