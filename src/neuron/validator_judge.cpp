// How a validator reads submissions back from its store and judges them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <system_error>
#include <unordered_map>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/threads.h"
#include "neuron/validator.h"
#include "sot/snapshot.h"
#include "validation/integrity.h"
#include "validation/submission.h"

namespace aml::neuron {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kMostTruthBytes = 268'435'456;

// Why the answer does not prove what the miner submitted; nothing where it does.
std::optional<std::string> flaw_of(const AnswerRecord& answer) {
  try {
    const bittensor::Evidence evidence{answer.request_payload, answer.request_body,
                                       bittensor::Envelope::from_json(answer.envelope)};
    return bittensor::find_flaw(evidence, answer.miner.hotkey, answer.body_sha256);
  } catch (const Error& e) {
    return e.what();
  }
}

}  // namespace

validation::Entrant Validator::entrant_of(const AnswerRecord& answer, const Day& day) const {
  validation::Entrant entrant;
  entrant.hotkey = answer.miner.hotkey;
  if (answer.body_sha256.empty()) {
    entrant.failure = fmt::format("{}: {}", answer.outcome, answer.reason);
    return entrant;
  }
  if (const auto flaw = flaw_of(answer)) {
    entrant.failure = "the stored submission proves nothing: " + *flaw;
    return entrant;
  }
  validation::SubmissionParser parser(*day.alerts, validation::limits_for(day.alerts->size()));
  std::optional<std::string> refusal;
  bodies_.read(answer.body_sha256, [&](std::string_view bytes) {
    if (refusal) return;
    try {
      parser.feed(bytes);
    } catch (const Error& e) {
      refusal = e.what();
    }
  });
  try {
    if (!refusal) entrant.submission = parser.finish();
  } catch (const Error& e) {
    refusal = e.what();
  }
  entrant.failure = refusal.value_or("");
  return entrant;
}

std::vector<double> Validator::other_day_scores(const AnswerRecord& answer, const Day& day) {
  const auto earlier = ledger_.earlier_answer(answer.miner.id, day.processing_date);
  if (!earlier) return {};
  const fs::path snapshot = snapshot_folder(earlier->date);
  if (!fs::exists(snapshot / sot::kAlertsFile)) return {};
  Day other;
  other.processing_date = earlier->date;
  std::vector<std::string> ids;
  load_alerts(snapshot, ids, other.facts);
  other.alerts = std::make_unique<validation::AlertIndex>(ids);
  const validation::Entrant entrant = entrant_of(earlier->answer, other);
  if (!entrant.submission) return {};
  std::unordered_map<std::string_view, double> by_address;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const double score = entrant.submission->scores[i];
    if (!std::isnan(score)) by_address[other.facts.address[i]] = score;
  }
  std::vector<double> scores(day.alerts->size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const auto found = by_address.find(day.facts.address[i]);
    if (found != by_address.end()) scores[i] = found->second;
  }
  return scores;
}

void Validator::add_second_answers(const RoundRecord& round, const Day& day, Asked asked,
                                   std::vector<validation::Entrant>& entrants,
                                   const std::vector<AnswerRecord>& answers) {
  std::map<std::int64_t, std::size_t> place;
  for (std::size_t i = 0; i < answers.size(); ++i) place[answers[i].miner.id] = i;
  for (const AnswerRecord& second : ledger_.answers(round.date, asked)) {
    const auto found = place.find(second.miner.id);
    if (found == place.end() || second.body_sha256.empty()) continue;
    validation::Entrant& entrant = entrants[found->second];
    const validation::Entrant again = entrant_of(second, day);
    if (!entrant.submission || !again.submission) continue;
    entrant.determinism =
        validation::check_determinism(entrant.submission->scores, again.submission->scores);
  }
}

std::vector<validation::PlantedTrap> Validator::planted_traps(const std::string& date,
                                                              const Day& day) {
  const std::string object = key(date, "pattern_traps_" + date + ".parquet");
  const fs::path file = folder("traps") / (date + ".parquet");
  if (!file_size_if_exists(file)) {
    try {
      if (!store_.stat(object)) return {};
      fs::create_directories(file.parent_path());
      write_file_atomically(file, sot::read_object(store_, object, kMostTruthBytes));
    } catch (const Error& e) {
      if (e.kind() != ErrorKind::unavailable) throw;
      log::warning("the SOT cannot say whether there are planted traps", {{"why", e.what()}});
      return {};
    }
  }
  return read_planted_traps(file, *day.alerts);
}

void Validator::judge(const RoundRecord& round, const Day& day, Stage stage,
                      const std::vector<int>& labels, const std::string& truth_sha256) {
  const std::vector<AnswerRecord> answers = ledger_.answers(round.date, Asked::first);
  std::vector<validation::Entrant> entrants(answers.size());
  parallel_blocks(answers.size(), 1, options_.threads, [&](std::size_t i, std::size_t) {
    throw_if_stop_requested();
    entrants[i] = entrant_of(answers[i], day);
  });
  for (std::size_t i = 0; i < answers.size(); ++i) {
    throw_if_stop_requested();
    if (entrants[i].submission) entrants[i].other_day = other_day_scores(answers[i], day);
  }
  add_second_answers(round, day, Asked::again, entrants, answers);

  validation::DayFacts facts;
  facts.processing_date = round.date;
  facts.alerts = day.alerts.get();
  facts.facts = &day.facts;
  facts.baseline = day.baseline;
  facts.references = day.references;
  const auto columns = day.columns();
  facts.features = columns;
  facts.labels = labels;
  const auto planted = planted_traps(round.date, day);
  facts.planted = planted;
  facts.secret = secret_;
  facts.round = key(round.date, "");
  const auto verdicts = validation::judge_round(facts, entrants, options_.threads);

  std::vector<VerdictRecord> records;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    records.push_back({answers[i].miner, stage, round.date, verdicts[i], ""});
  }
  if (stage == Stage::truth) add_unchanged_checks(round, day, answers, entrants, records);
  ledger_.add_verdicts(round.date, stage, records, truth_sha256);
  log::info("round judged",
            {{"date", round.date}, {"stage", stage_name(stage)}, {"miners", std::ssize(records)}});
}

void Validator::add_unchanged_checks(const RoundRecord& round, const Day& day,
                                     const std::vector<AnswerRecord>& answers,
                                     const std::vector<validation::Entrant>& entrants,
                                     std::vector<VerdictRecord>& records) {
  std::map<std::int64_t, std::size_t> place;
  for (std::size_t i = 0; i < answers.size(); ++i) place[answers[i].miner.id] = i;
  for (const AnswerRecord& later : ledger_.answers(round.date, Asked::later)) {
    const auto found = place.find(later.miner.id);
    if (found == place.end()) continue;
    const std::size_t i = found->second;
    validation::Check check{"unchanged", true, 0, 0, ""};
    const validation::Entrant now = entrant_of(later, day);
    if (!entrants[i].submission) continue;
    if (!now.submission) {
      check.reason = "it no longer serves that day: " + now.failure;
    } else {
      check = validation::check_determinism(entrants[i].submission->scores, now.submission->scores);
      check.name = "unchanged";
      // What was signed then is judged, so nothing was won by changing it.
      check.effect = 0;
      if (!check.passed) {
        check.reason = fmt::format("what it serves now differs by up to {:.3g} from what it signed",
                                   check.figure);
      }
    }
    records[i].verdict.checks.push_back(check);
  }
}

bool Validator::judge_round_by_truth(const RoundRecord& round) {
  const std::string name =
      sot::ground_truth_file_name(Date::require(round.date, "the ledger's round"));
  const std::string object = key(round.date, name);
  if (!store_.stat(object)) return false;
  const fs::path file = folder("truth") / name;
  fs::create_directories(file.parent_path());
  write_file_atomically(file, sot::read_object(store_, object, kMostTruthBytes));
  fetch_snapshot(Date::require(round.date, "the ledger's round"));

  std::vector<MinerRecord> to_ask;
  std::map<std::int64_t, bool> asked;
  for (const AnswerRecord& answer : ledger_.answers(round.date, Asked::later)) {
    asked[answer.miner.id] = true;
  }
  for (const AnswerRecord& answer : ledger_.answers(round.date, Asked::first)) {
    if (!answer.body_sha256.empty() && !asked[answer.miner.id]) to_ask.push_back(answer.miner);
  }
  if (!to_ask.empty()) ask(round, Asked::later, to_ask, true);

  const Day day = day_of(round.date);
  if (day.snapshot_sha256 != round.snapshot_sha256) {
    log::warning("the snapshot of that day was replaced since the round: judged by the new one",
                 {{"date", round.date}});
  }
  judge(round, day, Stage::truth, read_labels(file, *day.alerts),
        hash_file(HashKind::sha256, file));
  return true;
}

void Validator::judge_by_truth() {
  std::vector<RoundRecord> rounds = ledger_.rounds();
  if (rounds.empty()) return;
  const Date oldest =
      Date::require(rounds.front().date, "the ledger's round").plus_days(-options_.truth_days);
  std::reverse(rounds.begin(), rounds.end());
  for (const RoundRecord& round : rounds) {
    if (Date::require(round.date, "the ledger's round") < oldest) continue;
    if (!ledger_.is_judged(round.date, Stage::day)) continue;
    throw_if_stop_requested();
    if (!ledger_.is_judged(round.date, Stage::truth) && !judge_round_by_truth(round)) continue;
    send_weights(round.date, Stage::truth);
  }
}

}  // namespace aml::neuron
