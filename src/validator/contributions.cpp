// What a day's answers add to what anyone has, and what is paid for it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/threads.h"
#include "metrics/odds.h"
#include "validation/appraisal.h"
#include "validation/rank_covariance.h"
#include "validator/commitments.h"
#include "validator/public_knowledge.h"
#include "validator/validator.h"

namespace aml::validator {

namespace {

// Answers whose own information correlates so much are shown as relatives.
constexpr double kRelative = 0.3;
constexpr std::size_t kMostRelatives = 5;

std::string identity_of(const MinerRecord& miner) {
  return fmt::format("{}@{}", miner.hotkey, miner.registered);
}

std::vector<validation::Relative> relatives_of(const validation::DayEvidence& evidence,
                                               std::span<const std::string> hotkeys,
                                               std::size_t i) {
  const std::size_t size = evidence.size();
  const auto spread = [&](std::size_t a, std::size_t b) { return evidence.spread[a * size + b]; };
  std::vector<validation::Relative> relatives;
  for (std::size_t j = 0; j < size; ++j) {
    const double norm = std::sqrt(spread(i, i) * spread(j, j));
    if (j == i || norm <= 0 || spread(i, j) < kRelative * norm) continue;
    relatives.push_back({hotkeys[j], std::min(1.0, spread(i, j) / norm)});
  }
  std::stable_sort(relatives.begin(), relatives.end(),
                   [](const auto& a, const auto& b) { return a.likeness > b.likeness; });
  if (relatives.size() > kMostRelatives) relatives.resize(kMostRelatives);
  return relatives;
}

}  // namespace

// Those whose truth was published when the round was first judged, newest first: until blocks say
// what a day's deadline was, that is the validator's own reading of it.
std::vector<std::string> Validator::public_truths(const std::string& date) {
  if (const auto known = ledger_.truths(date)) return *known;
  std::vector<std::string> truths;
  try {
    for (const Date found : published_truths(Date::require(date, "round"), options_.truth_days)) {
      truths.push_back(found.text());
    }
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::unavailable) throw;
    log::warning("the SOT cannot say which truths are public: those judged by are",
                 {{"date", date}, {"why", e.what()}});
    for (const RoundRecord& round : ledger_.rounds()) {
      if (round.date < date && !round.truth_sha256.empty()) truths.push_back(round.date);
    }
  }
  ledger_.keep_truths(date, truths);
  return truths;
}

// Of those, the ones that this validator has judged by and can still read.
std::vector<std::string> Validator::usable_truths(const std::string& date) {
  std::vector<std::string> usable;
  for (const std::string& truth : public_truths(date)) {
    if (!Date::parse(truth) || !ledger_.is_judged(truth, Stage::truth)) continue;
    if (days_.has_snapshot(truth) && days_.has_truth(truth)) usable.push_back(truth);
  }
  return usable;
}

// Read once, however many days ask for it.
class Validator::Truths {
 public:
  explicit Truths(const DaySource& days) : days_(days) {}

  std::vector<const KnownTruth*> of(const std::vector<std::string>& dates) {
    std::vector<const KnownTruth*> truths;
    for (const std::string& date : dates) {
      auto found = known_.find(date);
      if (found == known_.end()) found = known_.emplace(date, read(date)).first;
      truths.push_back(&found->second);
    }
    return truths;
  }

 private:
  KnownTruth read(const std::string& date) const {
    try {
      return days_.known_truth(date);
    } catch (const Error& e) {
      if (e.kind() == ErrorKind::interrupted) throw;
      log::warning("an earlier truth cannot be read: judged without it",
                   {{"date", date}, {"why", e.what()}});
      return {};
    }
  }

  const DaySource& days_;
  std::map<std::string, KnownTruth> known_;
};

validation::PublicColumns Validator::public_columns(
    const Day& day, std::span<const validation::Reference> references,
    std::span<const std::string> roles, std::size_t labels, const std::vector<std::string>& usable,
    Truths& truths) {
  const auto history = history_of(day.facts.address, truths.of(usable));
  return public_columns_of(day, references, roles, history, labels);
}

// The days' q, and all that anyone could know of it.
validation::AppraisedDay Validator::appraised_day(const Day& day) {
  const std::string& date = day.processing_date;
  const std::vector<validation::Reference> known = references(date, day, Kept::last);
  const std::vector<std::string> roles = roles_of(known);
  const std::vector<std::string> usable = usable_truths(date);
  Truths truths(days_);
  std::vector<validation::PublicColumns> columns;
  std::vector<std::vector<int>> labels;
  for (const std::string& truth : usable) {
    if (columns.size() == options_.taught_days) break;
    throw_if_stop_requested();
    try {
      const Day earlier = days_.day(truth);
      labels.push_back(days_.labels(truth, *earlier.alerts));
      columns.push_back(public_columns(earlier, references(truth, earlier, Kept::last), roles,
                                       day.labels.size(), usable_truths(truth), truths));
    } catch (const Error& e) {
      if (e.kind() == ErrorKind::interrupted) throw;
      labels.resize(columns.size());
      log::warning("what anyone has is learned without a day that cannot be read",
                   {{"date", truth}, {"why", e.what()}});
    }
  }
  std::vector<validation::TaughtDay> taught;
  for (std::size_t t = 0; t < columns.size(); ++t) taught.push_back({&columns[t], labels[t]});
  return validation::appraised_day(
      public_columns(day, known, roles, day.labels.size(), usable, truths), taught, day.baseline,
      day.facts.address, seed_of(day));
}

// Of what every validator has alike; with the hash of the deadline's block, which nobody knew
// before, where commitments are demanded.
std::uint64_t Validator::seed_of(const Day& day) const {
  constexpr std::size_t kDigits = 15;
  const std::string hash =
      options_.demands_commitments ? deadline_hash(day.processing_date) : std::string();
  return hash_number("aml-miner contribution\n" + key(day.processing_date) + "\n" +
                         day.snapshot_sha256 + (hash.empty() ? "" : "\n" + hash),
                     kDigits);
}

// The evidence of the days whose truth was public, by the ledger.
std::vector<validation::DayEvidence> Validator::earlier_evidence(const std::string& date) {
  std::vector<validation::DayEvidence> evidence;
  for (const std::string& truth : public_truths(date)) {
    if (auto one = ledger_.evidence(truth)) evidence.push_back(std::move(*one));
  }
  return evidence;
}

namespace {

// Who answered first is another one for every validator.
void by_hotkey(std::span<const AnswerRecord> records, std::vector<std::size_t>& places) {
  std::sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
    return records[a].miner.hotkey < records[b].miner.hotkey;
  });
}

std::vector<double> covariances_of(const validation::AppraisedDay& day,
                                   std::span<const validation::DayAnswer> answers,
                                   std::span<const int> labels, int threads) {
  std::vector<std::span<const double>> scores;
  for (const validation::DayAnswer& answer : answers) scores.push_back(answer.scores);
  return validation::rank_covariances(day.log_odds, scores, labels, threads);
}

std::vector<const validation::DayEvidence*> pointers(
    const std::vector<validation::DayEvidence>& evidence) {
  std::vector<const validation::DayEvidence*> result;
  for (const validation::DayEvidence& one : evidence) result.push_back(&one);
  return result;
}

}  // namespace

std::optional<validation::DayEvidence> Validator::add_contributions(
    const RoundRecord& round, const Day& day, const std::vector<int>& labels,
    const Answers& answers, std::vector<VerdictRecord>& records) {
  if (!validation::can_appraise(labels)) return std::nullopt;
  std::map<std::int64_t, MinerRecord> enrolled;
  for (MinerRecord& miner : ledger_.enrolled(round.date)) enrolled[miner.id] = std::move(miner);
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const validation::Verdict& verdict = records[i].verdict;
    // Where nobody commits to an answer before others can see it, who is held to have copied gets
    // nothing.
    const bool is_own =
        options_.demands_commitments ? is_committed(verdict) : verdict.copy_of.empty();
    if (verdict.integrity > 0 && is_own) places.push_back(i);
  }
  by_hotkey(answers.records, places);
  std::vector<std::string> names;
  std::vector<validation::DayAnswer> counted;
  for (const std::size_t i : places) {
    names.push_back(records[i].miner.hotkey);
    counted.push_back(
        {identity_of(enrolled[records[i].miner.id]), answers.entrants[i].submission->scores});
  }
  const validation::AppraisedDay appraised = appraised_day(day);
  const auto own = validation::own_information_of(appraised, counted, options_.threads);
  const auto earlier = earlier_evidence(round.date);
  const std::size_t hotkeys = this->hotkeys(round.date);
  validation::Appraisal appraisal = validation::appraise(
      appraised, counted, own, labels, pointers(earlier), hotkeys, options_.threads);
  const auto covariances = covariances_of(appraised, counted, labels, options_.threads);
  for (std::size_t k = 0; k < places.size(); ++k) {
    auto contribution = validation::contribution_at(appraisal, k, hotkeys);
    contribution.covariance = covariances[k];
    contribution.relatives = relatives_of(appraisal.evidence, names, k);
    records[places[k]].verdict.contribution = std::move(contribution);
  }
  log::info("contributions of a day",
            {{"date", round.date},
             {"earlier_truths", std::ssize(earlier)},
             {"reference_points", appraisal.contribution.reference_points},
             {"blended_points", appraisal.contribution.blended_points}});
  return std::move(appraisal.evidence);
}

// Without labels, so of those alone whom earlier truths trust.
std::vector<double> Validator::ensemble_chances(const RoundRecord& round, const Day& day,
                                                const Answers& answers,
                                                std::vector<std::size_t> heard) {
  by_hotkey(answers.records, heard);
  std::map<std::int64_t, MinerRecord> enrolled;
  for (MinerRecord& miner : ledger_.enrolled(round.date)) enrolled[miner.id] = std::move(miner);
  std::vector<std::string> identities;
  for (const std::size_t i : heard) {
    identities.push_back(identity_of(enrolled[answers.records[i].miner.id]));
  }
  const auto earlier = earlier_evidence(round.date);
  const auto trust = validation::trusted(identities, pointers(earlier), hotkeys(round.date));
  std::vector<validation::DayAnswer> counted;
  std::vector<validation::Trust> of_counted;
  for (std::size_t k = 0; k < heard.size(); ++k) {
    if (trust[k].blend == 0) continue;
    counted.push_back({identities[k], answers.entrants[heard[k]].submission->scores});
    of_counted.push_back(trust[k]);
  }
  const validation::AppraisedDay appraised = appraised_day(day);
  const auto own = validation::own_information_of(appraised, counted, options_.threads);
  std::vector<double> chances = validation::ensemble_log_odds(appraised, own, of_counted);
  for (double& chance : chances) chance = metrics::chance(chance);
  return chances;
}

}  // namespace aml::validator
