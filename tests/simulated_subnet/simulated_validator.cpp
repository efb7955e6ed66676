#include "simulated_validator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace aml::simulated {

using validator::AnswerRecord;
using validator::Asked;
using validator::Ledger;
using validator::MinerRecord;
using validator::Sending;
using validator::Stage;
using validator::VerdictRecord;
using validator::WeightsRecord;

namespace {

constexpr std::size_t kMiners = 6;
constexpr const char* kFolder = "/simulated";

std::vector<std::string> names() {
  std::vector<std::string> found{"validator"};
  for (std::size_t i = 0; i < kMiners; ++i) found.push_back(fmt::format("miner-{}", i));
  return found;
}

}  // namespace

SimulatedValidator::SimulatedValidator(std::uint64_t seed, int faults_permille)
    : seed_(seed),
      random_(seed),
      faults_permille_(faults_permille),
      disk_(random_, 0),
      hotkeys_(names()),
      chain_(random_, hotkeys_, random_.chance(500)) {
  chain_.on_request = [this](const SimulatedChain::Included& what) { check_request(what); };
  open();
  disk_.set_faults(faults_permille_);
  chain_.set_faults(10 * faults_permille_);
}

void SimulatedValidator::note(std::string_view what, std::uint64_t number) {
  const auto add = [&](unsigned char byte) { trace_ = (trace_ ^ byte) * 1099511628211U; };
  for (const char c : what) add(static_cast<unsigned char>(c));
  for (int shift = 0; shift < 64; shift += 8) add(static_cast<unsigned char>(number >> shift));
}

void SimulatedValidator::broken(const std::string& what) const {
  throw Broken(fmt::format("seed {}, step {}: {}", seed_, steps_, what));
}

void SimulatedValidator::open() {
  sender_.reset();
  ledger_.reset();
  ledger_ = std::make_unique<Ledger>(kFolder, validator::SqlDatabase::Mode::read_write);
  validator::WeightOptions options;
  options.netuid = 7;
  options.hotkey = hotkeys_[0];
  sender_ = std::make_unique<validator::WeightSender>(options, *ledger_, chain_);
}

void SimulatedValidator::crash() {
  note("crash");
  ++crashes_;
  disk_.cut_power();
  sender_.reset();
  ledger_.reset();
  sending_.reset();
  disk_.restore_power();
  // A start may be refused by the disk too, or the power may fail again while it is under way.
  for (bool is_open = false; !is_open;) {
    try {
      open();
      is_open = true;
    } catch (const Error& e) {
      if (e.kind() == ErrorKind::bad_input) broken(fmt::format("after a crash: {}", e.what()));
      ++failures_;
      disk_.cut_power();
      sender_.reset();
      ledger_.reset();
      disk_.restore_power();
    }
  }
  learn_what_came_back();
}

// A write that was refused may have reached the disk all the same, and a start brings it back:
// nobody may say that it is not there, and nobody has been told that it is.
void SimulatedValidator::learn_what_came_back() {
  disk_.set_faults(0);
  if (refused_verdicts_ &&
      ledger_->is_judged(refused_verdicts_->first.first, refused_verdicts_->first.second)) {
    verdicts_.insert(*refused_verdicts_);
  }
  for (const WeightsRecord& record : ledger_->weights()) {
    const Key key(record.date, record.stage);
    const Intended found(record.hotkeys, record.values);
    const auto is_it = [&](const auto& refused) { return refused == std::pair(key, found); };
    if (std::none_of(refused_weights_.begin(), refused_weights_.end(), is_it)) continue;
    if (intended_.emplace(key, found).second) order_.push_back(key);
  }
  refused_verdicts_.reset();
  refused_weights_.clear();
  disk_.set_faults(faults_permille_);
}

template <typename Work>
bool SimulatedValidator::done(const Work& work) {
  try {
    work();
    return true;
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::unavailable && e.kind() != ErrorKind::no_space) {
      broken(fmt::format("a disk that fails is told as: {}", e.what()));
    }
    ++failures_;
    note("failed");
    if (random_.chance(300)) crash();
    return false;
  }
}

void SimulatedValidator::step() {
  ++steps_;
  const std::uint64_t event = random_.below(100);
  if (event < 60) {
    work_on_round();
  } else if (event < 66) {
    judge_an_older_day();
  } else if (event < 86) {
    tend();
  } else if (event < 95) {
    chain_.make_blocks(1 + random_.below(120));
    now_ += std::chrono::seconds(1 + random_.below(900));
  } else if (event < 98) {
    chain_.move_miners();
  } else {
    crash();
  }
  check();
}

// The next thing that the newest round wants, as the ledger has it.
void SimulatedValidator::work_on_round() {
  const std::string date = day_.text();
  if (ledger_->enrolled(date).empty()) {
    done([&] {
      ledger_->open_round({date, "bitcoin", 7, "abc", "", false, ""});
      std::vector<MinerRecord> miners;
      for (std::size_t i = 1; i < hotkeys_.size(); ++i) {
        miners.push_back({0, static_cast<int>(i), hotkeys_[i], "203.0.113.1", 8091});
      }
      ledger_->enroll(date, miners);
      // Who takes part stays, whoever stands on the chain later.
      miners.pop_back();
      if (random_.chance(200)) ledger_->enroll(date, miners);
    });
    return;
  }
  std::set<std::string> answered;
  for (const AnswerRecord& answer : ledger_->answers(date, Asked::first)) {
    answered.insert(answer.miner.hotkey);
  }
  std::vector<MinerRecord> missing;
  for (const MinerRecord& miner : ledger_->enrolled(date)) {
    if (!answered.contains(miner.hotkey)) missing.push_back(miner);
  }
  if (!missing.empty()) return ask_somebody(date, missing);
  if (!ledger_->round(date)->asked) {
    done([&] { ledger_->set_asked(date); });
  } else if (!ledger_->is_judged(date, Stage::day)) {
    judge(date, Stage::day);
  } else if (!intended_.contains({date, Stage::day})) {
    intend(date, Stage::day);
  } else {
    ++judged_;
    day_ = day_.plus_days(1);
  }
}

void SimulatedValidator::ask_somebody(const std::string& date,
                                      const std::vector<MinerRecord>& missing) {
  AnswerRecord answer;
  answer.miner = missing[random_.below(missing.size())];
  const std::string& hotkey = answer.miner.hotkey;
  if (answers_[date].contains(hotkey)) broken(hotkey + " is asked again after it was stored");
  const bool is_there = random_.chance(800);
  answer.outcome = is_there ? "answered" : "too_late";
  if (is_there) answer.body_sha256 = fmt::format("{:016x}", random_.below(1U << 30U));
  note("ask", missing.size());
  done([&] {
    if (!ledger_->add_answer(date, Asked::first, answer)) broken("an answer was there already");
    answers_[date][hotkey] = answer.body_sha256;
  });
}

void SimulatedValidator::judge(const std::string& date, Stage stage) {
  std::vector<VerdictRecord> records;
  std::map<std::string, double> scores;
  for (const MinerRecord& miner : ledger_->enrolled(date)) {
    VerdictRecord record;
    record.miner = miner;
    record.verdict.final_score = static_cast<double>(random_.below(1000)) / 1000;
    record.verdict.checks.push_back({"alerts", true, 1, 0, "all there"});
    scores[miner.hotkey] = record.verdict.final_score;
    records.push_back(std::move(record));
  }
  note("judge", records.size());
  refused_verdicts_.emplace(Key(date, stage), scores);
  const bool is_done = done([&] {
    ledger_->add_verdicts(date, stage, records, "truth");
    // A stage is judged once.
    if (!random_.chance(200)) return;
    for (VerdictRecord& record : records) record.verdict.final_score += 1;
    ledger_->add_verdicts(date, stage, records, "another truth");
  });
  // Whether a commit that failed went through is known from the ledger alone.
  disk_.set_faults(0);
  if (is_done || ledger_->is_judged(date, stage)) {
    verdicts_[{date, stage}] = scores;
    refused_verdicts_.reset();
  }
  disk_.set_faults(faults_permille_);
}

void SimulatedValidator::intend(const std::string& date, Stage stage) {
  WeightsRecord weights;
  weights.date = date;
  weights.stage = stage;
  double sum = 0;
  for (std::size_t i = 1; i < hotkeys_.size(); ++i) {
    weights.uids.push_back(static_cast<int>(i));
    weights.hotkeys.push_back(hotkeys_[i]);
    weights.values.push_back(1 + static_cast<double>(random_.below(1000)));
    sum += weights.values.back();
  }
  for (double& value : weights.values) value /= sum;
  note("intend");
  refused_weights_.emplace_back(Key(date, stage), Intended(weights.hotkeys, weights.values));
  const bool is_done = done([&] { ledger_->intend_weights(weights); });
  disk_.set_faults(0);
  const auto all = ledger_->weights();
  const bool is_there = std::any_of(all.begin(), all.end(), [&](const WeightsRecord& record) {
    return record.date == date && record.stage == stage;
  });
  disk_.set_faults(faults_permille_);
  if (is_done && !is_there) broken("weights that were intended are lost");
  if (is_there) learn_what_came_back();
}

void SimulatedValidator::judge_an_older_day() {
  const std::string date = day_.plus_days(-1 - static_cast<int>(random_.below(20))).text();
  if (!ledger_->is_judged(date, Stage::day)) return;
  if (!ledger_->is_judged(date, Stage::truth)) {
    judge(date, Stage::truth);
  } else if (!intended_.contains({date, Stage::truth})) {
    intend(date, Stage::truth);
  }
}

void SimulatedValidator::tend() {
  note("tend", chain_.now());
  now_ += std::chrono::seconds(random_.below(120));
  if (!order_.empty()) sending_ = order_.back();
  done([&] { sender_->tend(now_); });
  sending_.reset();
}

void SimulatedValidator::check_request(const SimulatedChain::Included& what) {
  note("send", what.request);
  if (!sending_) broken("weights were sent that nobody intended");
  if (chain_.is_waiting()) broken("weights were sent while others may still arrive");
  const bool is_first = chain_.included().empty();
  if (!is_first && chain_.now() - chain_.last_update() < SimulatedChain::kRateLimit) {
    broken("weights were sent within the chain's rate limit");
  }
  const auto& [hotkeys, values] = intended_.at(*sending_);
  std::map<std::string, double> wanted;
  for (std::size_t i = 0; i < hotkeys.size(); ++i) wanted[hotkeys[i]] = values[i];
  for (std::size_t i = 0; i < what.hotkeys.size(); ++i) {
    if (wanted.at(what.hotkeys[i]) != what.values[i]) broken("a hotkey was given another's weight");
  }
  requests_[*sending_].push_back(what.request);
}

// From here on: what must hold after every step. The disk lends itself to being read.
void SimulatedValidator::check() {
  disk_.set_faults(0);
  std::size_t open_rounds = 0;
  for (const validator::RoundRecord& round : ledger_->rounds()) {
    // Of what is long past, a sample.
    if (open_rounds++ > 3 && !random_.chance(30)) continue;
    check_answers(round.date);
    for (const Stage stage : {Stage::day, Stage::truth}) check_verdicts(round.date, stage);
  }
  check_weights();
  disk_.set_faults(faults_permille_);
}

void SimulatedValidator::check_answers(const std::string& date) {
  std::map<std::string, std::string>& known = answers_[date];
  std::map<std::string, std::string> found;
  std::int64_t last = 0;
  for (const AnswerRecord& answer : ledger_->answers(date, Asked::first)) {
    if (!found.emplace(answer.miner.hotkey, answer.body_sha256).second)
      broken("an answer is there twice");
    if (answer.arrival <= last) broken("answers are not in the order of their arrival");
    last = answer.arrival;
  }
  for (const auto& [hotkey, body] : known) {
    if (!found.contains(hotkey)) broken(fmt::format("{}'s answer of {} is lost", hotkey, date));
    if (found[hotkey] != body) broken(fmt::format("{}'s answer of {} is another", hotkey, date));
  }
  known = found;  // with one whose storing failed, and that is there all the same
}

void SimulatedValidator::check_verdicts(const std::string& date, Stage stage) {
  const auto known = verdicts_.find({date, stage});
  const bool is_judged = ledger_->is_judged(date, stage);
  if (is_judged != (known != verdicts_.end())) {
    broken(fmt::format("{} is{} judged", date, is_judged ? "" : " no longer"));
  }
  if (!is_judged || (stage == Stage::day && verdicts_.contains({date, Stage::truth}))) return;
  const auto found = ledger_->verdicts(date);
  if (found.size() != known->second.size()) {
    broken(
        fmt::format("{} has {} verdicts of {} miners", date, found.size(), known->second.size()));
  }
  for (const VerdictRecord& record : found) {
    const auto expected = known->second.find(record.miner.hotkey);
    if (expected == known->second.end() || record.verdict.final_score != expected->second ||
        record.stage != stage) {
      broken(fmt::format("a verdict of {} has changed", date));
    }
  }
}

void SimulatedValidator::check_weights() {
  const std::vector<WeightsRecord> all = ledger_->weights();
  if (all.size() != order_.size()) broken("weights are lost or doubled");
  for (std::size_t i = 0; i < all.size(); ++i) {
    const WeightsRecord& record = all[i];
    const Key key{record.date, record.stage};
    if (key != order_[order_.size() - 1 - i]) broken("weights are not in the order of intention");
    const auto& [hotkeys, values] = intended_.at(key);
    if (record.hotkeys != hotkeys || record.values != values) broken("weights have changed");
    double sum = 0;
    for (const double value : record.values) sum += value;
    if (std::abs(sum - 1) > 1e-12) broken("weights do not sum to 1");
    if (i > 3) continue;
    if (const auto wrong = chain_.misnoted(record, requests_[key])) broken(*wrong);
  }
}

void SimulatedValidator::settle() {
  disk_.set_faults(0);
  chain_.set_faults(0);
  chain_.bring_everyone_back();
  faults_permille_ = 0;
  crash();
  for (int i = 0; i < 60; ++i) {
    chain_.make_blocks(60);
    now_ += std::chrono::seconds(720);
    tend();
    check();
  }
  const auto all = ledger_->weights();
  if (all.empty()) return;
  if (!is_on_chain(all.front().state)) broken("the newest weights never come onto the chain");
  const std::uint64_t age = chain_.now() - chain_.last_update();
  if (age > SimulatedChain::kCutoff / 2) broken("the weights grow old");
  note("settled", chain_.requests());
}

}  // namespace aml::simulated
