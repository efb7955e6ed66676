// What must hold after every step of simulated rounds. The world lends itself to being read.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "simulated_rounds.h"

namespace aml::simulated {

using validator::AnswerRecord;
using validator::Stage;
using validator::VerdictRecord;
using validator::WeightsRecord;

void SimulatedRounds::check() {
  const int faults = world_.faults_permille;
  world_.disk.set_faults(0);
  int number = 0;
  for (const validator::RoundRecord& round : ledger_->rounds()) {
    // Of what is past, a sample.
    if (number++ > (judges_truth_ ? 8 : 1) && !world_.random.chance(30)) continue;
    check_answers(round.date);
    for (const Stage stage : {Stage::day, Stage::truth}) check_verdicts(round.date, stage);
  }
  check_weights();
  world_.set_faults(faults);
}

void SimulatedRounds::check_answers(const std::string& date) {
  std::set<std::string> enrolled;
  for (const auto& miner : ledger_->enrolled(date)) enrolled.insert(miner.hotkey);
  for (const Asked asked : {Asked::first, Asked::again, Asked::later}) {
    auto& known = answers_[{date, asked}];
    std::map<std::string, std::string> found;
    for (const AnswerRecord& answer : ledger_->answers(date, asked)) {
      if (!found.emplace(answer.miner.hotkey, answer.body_sha256).second) {
        broken("an answer is there twice");
      }
      if (!enrolled.contains(answer.miner.hotkey)) broken("an answer of somebody not enrolled");
      if (answer.body_sha256.empty() || !keeps_bodies_of(date)) continue;
      if (!archive_.has(answer.body_sha256)) {
        broken("the ledger names a body that is not kept");
      }
    }
    for (const auto& [hotkey, body] : known) {
      if (!found.contains(hotkey)) broken(fmt::format("{}'s answer of {} is lost", hotkey, date));
      if (found[hotkey] != body) broken(fmt::format("{}'s answer of {} is another", hotkey, date));
    }
    known = std::move(found);  // with one whose storing failed, and that is there all the same
  }
  if (ledger_->round(date)->asked && answers_[{date, Asked::first}].size() != enrolled.size()) {
    broken(fmt::format("the round of {} goes on without somebody's answer", date));
  }
}

void SimulatedRounds::check_verdicts(const std::string& date, Stage stage) {
  const Key key(date, stage);
  const bool is_judged = ledger_->is_judged(date, stage);
  if (!is_judged && judged_stages_.contains(key)) {
    broken(fmt::format("{} is no longer judged", date));
  }
  if (!is_judged || (stage == Stage::day && ledger_->is_judged(date, Stage::truth))) return;
  const std::size_t answered = answers_[{date, Asked::first}].size();
  std::map<std::string, std::string> found;
  for (const VerdictRecord& record : ledger_->verdicts(date)) {
    if (record.stage != stage) broken(fmt::format("a verdict of {} is of another stage", date));
    if (!found.emplace(record.miner.hotkey, validator::verdict_to_json(record.verdict)).second) {
      broken(fmt::format("{} has two verdicts on {}", record.miner.hotkey, date));
    }
    check_verdict(record, answered);
  }
  if (found.size() != answered) {
    broken(fmt::format("{} has {} verdicts on {} answers", date, found.size(), answered));
  }
  if (!judged_stages_.insert(key).second && verdicts_[key] != found) {
    broken(fmt::format("a verdict of {} has changed", date));
  }
  verdicts_[key] = std::move(found);
  if (judged_.insert(date).second) world_.note("judged", answered);
}

void SimulatedRounds::check_verdict(const VerdictRecord& record, std::size_t answered) {
  const Miner& miner = miners_.of(record.miner.hotkey);
  const bool has_body = !answers_[{record.date, Asked::first}].at(record.miner.hotkey).empty();
  const double points = record.verdict.final_score;
  const auto tell = [&](const char* what) {
    broken(fmt::format("{} (kind {}) of {} {}: {}", record.miner.hotkey,
                       static_cast<int>(miner.kind), record.date, what,
                       validator::verdict_to_json(record.verdict)));
  };
  if (validation::is_set_aside(record.verdict)) tell("is set aside though nothing is damaged");
  switch (miner.kind) {
    case Kind::silent:
    case Kind::garbage:
    case Kind::infinite:
    case Kind::liar:
    case Kind::forger:
      if (points != 0) tell("has points");
      break;
    case Kind::good:
      if (has_body && points == 0 && record.verdict.copy_of.empty()) tell("has no points");
      [[fallthrough]];
    case Kind::copier:
      if (!record.verdict.copy_of.empty() &&
          miners_.of(record.verdict.copy_of).kind !=
              (miner.kind == Kind::good ? Kind::copier : Kind::good)) {
        tell("copied somebody else");
      }
      break;
    default:
      break;
  }
  world_.note(points > 0 ? "points" : "none", answered);
}

void SimulatedRounds::check_weights() {
  const std::vector<WeightsRecord> all = ledger_->weights();
  if (all.size() < order_.size()) broken("weights are lost");
  const std::size_t added = all.size() - order_.size();
  for (std::size_t i = all.size(); i-- > 0;) {
    const WeightsRecord& record = all[i];
    const Key key{record.date, record.stage};
    if (i < added) {
      if (!intended_.emplace(key, Intention{record.hotkeys, record.values}).second) {
        broken(fmt::format("weights of {} are intended twice", record.date));
      }
      if (!ledger_->is_judged(record.date, record.stage)) broken("weights before the verdicts");
      order_.push_back(key);
    } else if (key != order_[order_.size() - 1 - (i - added)] && added == 0) {
      broken("weights are not in the order of intention");
    }
    const Intention& known = intended_.at(key);
    if (record.hotkeys != known.hotkeys || record.values != known.values) {
      broken("weights have changed");
    }
    double sum = 0;
    for (std::size_t k = 0; k < record.values.size(); ++k) {
      const Kind kind = miners_.of(record.hotkeys[k]).kind;
      if (!(record.values[k] > 0)) broken("a weight of nothing");
      if (kind == Kind::silent || kind == Kind::garbage || kind == Kind::forger) {
        broken("somebody is paid for nothing");
      }
      sum += record.values[k];
    }
    if (std::abs(sum - 1) > 1e-12) broken("weights do not sum to 1");
    if (i > 3) continue;
    if (const auto wrong = chain_.misnoted(record, requests_[key])) broken(*wrong);
  }
}

void SimulatedRounds::settle() {
  world_.set_faults(0);
  world_.cuts_permille = 0;
  chain_.bring_everyone_back();
  for (const Date day : days_.published()) days_.publish_truth(day.text());
  crash();
  for (int i = 0; i < 20; ++i) {
    run_round();
    judge_by_truth();
    run([&] { validator_->tend_weights(); });
    world_.pass(std::chrono::seconds(2160));
  }
  // What no row names goes with the first new day once its file is old.
  world_.pass(std::chrono::days(kKeepBodies + 1));
  days_.publish_next();
  days_.publish_truth(days_.published().back().text());
  for (int i = 0; i < 3; ++i) {
    run_round();
    judge_by_truth();
    run([&] { validator_->tend_weights(); });
    world_.pass(std::chrono::seconds(2160));
  }
  const std::size_t asked = questions_;
  run_round();
  judge_by_truth();
  if (questions_ != asked) broken("somebody is asked when all is done");
  check();
  check_all_is_done();
  world_.note("settled", chain_.requests());
}

// Some of those who answered, as many as there are to be.
void SimulatedRounds::check_asked_twice(const std::string& date) {
  const auto answers = ledger_->answers(date, Asked::first);
  const auto answered = static_cast<std::size_t>(
      std::count_if(answers.begin(), answers.end(),
                    [](const AnswerRecord& answer) { return !answer.body_sha256.empty(); }));
  if (ledger_->answers(date, Asked::again).size() != std::min(answered, kAskedTwice)) {
    broken(fmt::format("too few are asked a second time for {}", date));
  }
}

void SimulatedRounds::check_all_is_done() {
  const Date newest = days_.published().back();
  const auto rounds = ledger_->rounds();
  const Date first = Date::require(rounds.back().date, "the first round");
  for (const Date day : days_.published()) {
    if (day < first) continue;
    if (!ledger_->is_judged(day.text(), Stage::day)) broken(day.text() + " is never judged");
    if (!archive_.has_ensemble(day.text())) broken(day.text() + " has no ensemble");
    check_asked_twice(day.text());
    const bool is_due = day >= newest.plus_days(-kTruthDays);
    if (is_due && !ledger_->is_judged(day.text(), Stage::truth)) {
      broken(day.text() + " is never judged by its truth");
    }
  }
  const std::string oldest = newest.plus_days(-kKeepBodies).text();
  const auto named = ledger_->bodies_of(oldest, "~");
  for (const std::string& body : archive_.bodies()) {
    if (!std::binary_search(named.begin(), named.end(), body)) broken("a body is kept for ever");
  }
  if (days_.keeps_older_than(newest.plus_days(-kKeepSnapshots))) {
    broken("a snapshot is kept for ever");
  }
  const auto all = ledger_->weights();
  if (all.empty()) return;
  if (!is_on_chain(all.front().state)) broken("the newest weights never come onto the chain");
  const std::uint64_t age = chain_.now() - chain_.last_update();
  if (age > SimulatedChain::kCutoff / 2) broken("the weights grow old");
}

}  // namespace aml::simulated
