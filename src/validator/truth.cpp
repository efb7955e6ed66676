// How a validator judges a round again when its truth has appeared.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/log.h"
#include "validation/integrity.h"
#include "validator/validator.h"

namespace aml::validator {

void Validator::add_unchanged_checks(const RoundRecord& round, const Day& day,
                                     const Answers& answers, std::vector<VerdictRecord>& records) {
  const std::vector<validation::Entrant>& entrants = answers.entrants;
  const auto places = answers.places();
  for (const AnswerRecord& later : ledger_.answers(round.date, Asked::later)) {
    const auto found = places.find(later.miner.id);
    if (found == places.end()) continue;
    const std::size_t i = found->second;
    validation::Check check{"unchanged", true, 0, 0, ""};
    const validation::Entrant now = entrant_of(later, day);
    if (!entrants[i].submission || !now.damage.empty()) continue;
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

void Validator::ask_later(const RoundRecord& round, const Day& day) {
  std::set<std::int64_t> asked;
  for (const AnswerRecord& answer : ledger_.answers(round.date, Asked::later)) {
    asked.insert(answer.miner.id);
  }
  std::vector<MinerRecord> to_ask;
  for (const AnswerRecord& answer : ledger_.answers(round.date, Asked::first)) {
    if (!answer.body_sha256.empty() && asked.count(answer.miner.id) == 0) {
      to_ask.push_back(answer.miner);
    }
  }
  if (!to_ask.empty()) ask(round, day, Asked::later, to_ask, true);
}

void Validator::judge_by_truth(Date date) {
  const auto round = ledger_.round(date.text());
  if (!round || !ledger_.is_judged(date.text(), Stage::day)) return;
  if (!ledger_.is_judged(date.text(), Stage::truth)) {
    if (is_truth_too_early(date)) {
      return say_unscored(date, "its truth was known before the deadline");
    }
    if (!days_.fetch_truth(date)) return;
    fetch_snapshot(date);
    days_.fetch_address_labels(date);
    const Day day = days_.day(date.text());
    ask_later(*round, day);
    if (day.snapshot_sha256 != round->snapshot_sha256) {
      log::warning("the snapshot of that day was replaced since the round: judged by the new one",
                   {{"date", date.text()}});
    }
    Answers answers = read_answers(*round, day);
    judge(*round, day, Stage::truth, days_.labels(date.text(), *day.alerts),
          days_.truth_sha256(date.text()), answers);
  }
  intend_weights(date.text(), Stage::truth);
}

std::vector<Date> Validator::truths_due() {
  std::vector<Date> due;
  std::vector<RoundRecord> rounds = ledger_.rounds();
  std::reverse(rounds.begin(), rounds.end());
  for (const RoundRecord& round : rounds) {
    const Date date = Date::require(round.date, "the ledger's round");
    const Date newest = Date::require(rounds.back().date, "the ledger's round");
    if (date >= newest.plus_days(-options_.truth_days)) due.push_back(date);
  }
  return due;
}

}  // namespace aml::validator
