// How a validator reads submissions back from its store and judges them.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "base/threads.h"
#include "validation/integrity.h"
#include "validation/submission.h"
#include "validator/other_day.h"
#include "validator/validator.h"

namespace aml::validator {

namespace {

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
    entrant.damage = "the stored submission proves nothing any more: " + *flaw;
    return entrant;
  }
  std::optional<validation::SubmissionReader> reader;
  try {
    reader.emplace(*day.alerts, validation::limits_for(day.alerts->size()), answer.body_bytes);
  } catch (const Error& e) {
    entrant.failure = e.what();
    return entrant;
  }
  try {
    archive_.read(answer.body_sha256, reader->room());
  } catch (const Error& e) {  // damage is no fault of the miner's
    entrant.damage = e.what();
    return entrant;
  }
  try {
    entrant.submission = reader->read();
  } catch (const Error& e) {
    entrant.failure = e.what();
  }
  return entrant;
}

Validator::Answers Validator::read_answers(const RoundRecord& round, const Day& day) {
  Answers answers;
  answers.records = ledger_.answers(round.date, Asked::first);
  answers.entrants.resize(answers.records.size());
  parallel_blocks(answers.records.size(), 1, options_.threads, [&](std::size_t i, std::size_t) {
    throw_if_stop_requested();
    answers.entrants[i] = entrant_of(answers.records[i], day);
  });
  check_commitments(round, day, answers);
  return answers;
}

std::map<std::int64_t, std::size_t> Validator::Answers::places() const {
  std::map<std::int64_t, std::size_t> places;
  for (std::size_t i = 0; i < records.size(); ++i) places[records[i].miner.id] = i;
  return places;
}

// What each miner gave the same addresses on its last day before.
void Validator::add_other_days(const Day& day, Answers& answers) {
  std::map<std::string, std::vector<std::pair<std::size_t, AnswerRecord>>> by_date;
  for (std::size_t i = 0; i < answers.records.size(); ++i) {
    if (!answers.entrants[i].submission) continue;
    auto earlier = ledger_.earlier_answer(answers.records[i].miner.id, day.processing_date);
    if (!earlier) continue;
    by_date[earlier->date].emplace_back(i, std::move(earlier->answer));
  }
  for (const auto& [date, earlier] : by_date) {
    if (!days_.has_snapshot(date)) continue;
    std::optional<Day> found;
    try {
      found = days_.day(date);
    } catch (const Error& e) {
      if (e.kind() == ErrorKind::interrupted) throw;
      log::warning("an earlier day cannot be read: judged without it",
                   {{"date", date}, {"why", e.what()}});
      continue;
    }
    const Day& other = *found;
    const std::vector<std::size_t> alert_then = moved_addresses(day, other);
    parallel_blocks(earlier.size(), 1, options_.threads, [&](std::size_t e, std::size_t) {
      throw_if_stop_requested();
      const validation::Entrant then = entrant_of(earlier[e].second, other);
      if (!then.submission) return;
      answers.entrants[earlier[e].first].other_day =
          scores_then(alert_then, then.submission->scores);
    });
  }
}

void Validator::add_second_answers(const RoundRecord& round, const Day& day, Answers& answers) {
  const auto places = answers.places();
  for (const AnswerRecord& second : ledger_.answers(round.date, Asked::again)) {
    const auto found = places.find(second.miner.id);
    if (found == places.end() || second.body_sha256.empty()) continue;
    validation::Entrant& entrant = answers.entrants[found->second];
    const validation::Entrant again = entrant_of(second, day);
    if (!entrant.submission || !again.submission) continue;
    entrant.determinism =
        validation::check_determinism(entrant.submission->scores, again.submission->scores);
  }
}

void Validator::judge(const RoundRecord& round, const Day& day, Stage stage,
                      const std::vector<int>& labels, const std::string& truth_sha256,
                      Answers& answers) {
  add_other_days(day, answers);
  add_second_answers(round, day, answers);

  validation::DayFacts facts;
  facts.processing_date = round.date;
  facts.alerts = day.alerts.get();
  facts.facts = &day.facts;
  facts.baseline = day.baseline;
  const auto references = this->references(round.date, day, Kept::all);
  facts.references = references;
  const auto columns = day.columns();
  facts.features = columns;
  facts.labels = labels;
  const auto planted = days_.planted_traps(round.date, *day.alerts);
  facts.planted = planted;
  facts.secret = secret_;
  facts.round = key(round.date);
  const auto verdicts = validation::judge_round(facts, answers.entrants, options_.threads);

  std::vector<VerdictRecord> records;
  for (std::size_t i = 0; i < answers.records.size(); ++i) {
    VerdictRecord record;
    record.miner = answers.records[i].miner;
    record.stage = stage;
    record.date = round.date;
    record.verdict = verdicts[i];
    if (i < answers.committed.size() && answers.committed[i]) {
      record.verdict.checks.push_back(*answers.committed[i]);
    }
    if (validation::is_set_aside(record.verdict)) {
      log::error("a miner is set aside for the day",
                 {{"date", round.date},
                  {"hotkey", record.miner.hotkey},
                  {"why", record.verdict.checks.front().reason}});
    }
    records.push_back(std::move(record));
  }
  std::optional<validation::DayEvidence> evidence;
  if (stage == Stage::truth) {
    add_unchanged_checks(round, day, answers, records);
    evidence = add_contributions(round, day, labels, answers, records);
  } else {
    public_truths(round.date);  // as they are now
  }
  ledger_.add_verdicts(round.date, stage, records, truth_sha256, evidence ? &*evidence : nullptr);
  log::info("round judged",
            {{"date", round.date}, {"stage", stage_name(stage)}, {"miners", std::ssize(records)}});
}

}  // namespace aml::validator
