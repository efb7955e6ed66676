#include "simulated_rounds.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace aml::simulated {

using validator::AnswerRecord;
using validator::Ledger;
using validator::MinerRecord;
using validator::Stage;

namespace {

constexpr const char* kFolder = "/simulated";
constexpr std::chrono::seconds kAskWindow{600};
constexpr std::chrono::seconds kAskPause{60};
constexpr std::size_t kReferenceDays = 2;

std::vector<std::string> hotkeys_of(const bittensor::Keypair& own,
                                    const std::vector<Miner>& miners) {
  std::vector<std::string> hotkeys{own.ss58()};
  for (const Miner& miner : miners) hotkeys.push_back(miner.key.ss58());
  return hotkeys;
}

validator::ValidatorOptions options_of() {
  validator::ValidatorOptions options;
  options.data_dir = kFolder;
  options.network = "bitcoin";
  options.netuid = 7;
  options.reference_days = kReferenceDays;
  options.ask_window = kAskWindow;
  options.ask_pause = kAskPause;
  options.asked_twice = kAskedTwice;
  options.truth_days = kTruthDays;
  options.keep_snapshots = kKeepSnapshots;
  options.keep_bodies = kKeepBodies;
  options.taught_days = 0;  // LightGBM would train for most of the time
  return options;
}

}  // namespace

SimulatedRounds::SimulatedRounds(std::uint64_t seed, int faults_permille)
    : seed_(seed),
      world_(seed, 0),
      days_(world_, kReferenceDays),
      miners_(world_, days_),
      clock_(world_),
      archive_(world_),
      own_(bittensor::Keypair::from_dev_uri("//validator")),
      chain_(world_.random, hotkeys_of(own_, miners_.all()), world_.random.chance(500)) {
  world_.chain = &chain_;
  chain_.on_request = [this](const SimulatedChain::Included& what) { check_request(what); };
  miners_.on_question = [this](const auto& date, const auto& hotkey) {
    check_question(date, hotkey);
  };
  miners_.on_stored = [this](const auto& date, const auto& hotkey) { note_stored(date, hotkey); };
  days_.publish_next();
  open();
  world_.set_faults(faults_permille);
}

void SimulatedRounds::broken(const std::string& what) const {
  throw Broken(fmt::format("seed {}, step {}: {}", seed_, steps_, what));
}

void SimulatedRounds::open() {
  validator_.reset();
  ledger_.reset();
  ledger_ = std::make_unique<Ledger>(kFolder, validator::SqlDatabase::Mode::read_write);
  validator_ = std::make_unique<validator::Validator>(
      options_of(), validator::Outside{days_, miners_, chain_, clock_, archive_, *ledger_}, own_,
      std::string(32, 's'));
}

// The power fails, or the process alone is killed: then what was written stays, synced or not. The
// next start may fare no better.
void SimulatedRounds::crash() {
  for (bool is_open = false; !is_open;) {
    world_.note("crash");
    ++crashes_;
    world_.disk.cut_power();
    validator_.reset();
    ledger_.reset();
    if (world_.random.chance(500)) {
      world_.disk.restart();
    } else {
      world_.disk.restore_power();
    }
    try {
      open();
      is_open = true;
    } catch (const PowerCut&) {
    } catch (const Error& e) {
      if (e.kind() == ErrorKind::bad_input) broken(fmt::format("after a crash: {}", e.what()));
    }
  }
}

bool SimulatedRounds::run(const std::function<void()>& work) {
  bool is_done = false;
  asked_.clear();
  try {
    work();
    is_done = true;
  } catch (const PowerCut&) {
  } catch (const Error& e) {
    const bool is_expected = e.kind() == ErrorKind::unavailable ||
                             e.kind() == ErrorKind::no_space ||
                             std::string_view(e.what()) == "away";  // the chain's
    if (!is_expected) broken(fmt::format("a world that fails is told as: {}", e.what()));
    ++failures_;
    world_.note("failed");
  } catch (const Broken& e) {
    broken(e.what());
  }
  if (!world_.disk.has_power()) {
    crash();
    return false;
  }
  return is_done;
}

void SimulatedRounds::step() {
  ++steps_;
  const std::uint64_t event = world_.random.below(100);
  if (event < 35) {
    run_round();
  } else if (event < 47) {
    judge_by_truth();
  } else if (event < 62) {
    world_.note("tend", chain_.now());
    run([&] { validator_->tend_weights(); });
  } else {
    happen();
  }
  check();
}

void SimulatedRounds::run_round() {
  judges_truth_ = false;
  run([&] {
    const std::vector<Date> due = validator_->days_due();
    world_.note("rounds due", due.size());
    for (const Date day : due) validator_->run_round(day);
  });
}

void SimulatedRounds::judge_by_truth() {
  judges_truth_ = true;
  run([&] {
    const std::vector<Date> due = validator_->truths_due();
    world_.note("truths due", due.size());
    for (const Date day : due) {
      if (day < newest_round().plus_days(-kTruthDays)) broken("a truth counts that comes too late");
      validator_->judge_by_truth(day);
    }
  });
}

void SimulatedRounds::happen() {
  const std::uint64_t event = world_.random.below(100);
  judges_truth_ = false;
  if (event < 55) {
    days_.publish_next();
    const std::size_t age = 1 + world_.random.below(5);
    const auto& days = days_.published();
    if (days.size() > age) days_.publish_truth(days[days.size() - 1 - age].text());
    world_.pass(std::chrono::seconds(3600 + world_.random.below(7200)));
  } else if (event < 70) {
    world_.pass(std::chrono::seconds(world_.random.below(2400)));
  } else if (event < 80) {
    chain_.move_miners();
  } else if (event < 85) {
    world_.set_wall_clock(std::chrono::seconds(world_.random.below(7200)) -
                          std::chrono::seconds(3600));
  } else if (event < 92) {
    run([&] { validator_->look_at_chain(); });
  } else {
    crash();
  }
}

validator::Asked SimulatedRounds::asked_now(const std::string& date) {
  if (judges_truth_) return Asked::later;
  return ledger_->round(date)->asked ? Asked::again : Asked::first;
}

// Those of older days may be gone before the ledger says so: the power may fail in between.
bool SimulatedRounds::keeps_bodies_of(const std::string& date) {
  return Date::require(date, "an answer") >= newest_round().plus_days(-kKeepBodies);
}

Date SimulatedRounds::newest_round() {
  return Date::require(ledger_->rounds().front().date, "the newest round");
}

void SimulatedRounds::check_question(const std::string& date, const std::string& hotkey) {
  ++questions_;
  const Asked asked = asked_now(date);
  const auto has = [&](Asked kind, bool with_body) {
    const auto answers = ledger_->answers(date, kind);
    return std::any_of(answers.begin(), answers.end(), [&](const AnswerRecord& answer) {
      return answer.miner.hotkey == hotkey && (!with_body || !answer.body_sha256.empty());
    });
  };
  if (has(asked, false) || answers_[{date, asked}].contains(hotkey)) {
    broken(fmt::format("{} is asked for {} though its answer is stored", hotkey, date));
  }
  if (asked != Asked::first && !has(Asked::first, true)) {
    broken(fmt::format("{} is asked again for {}, and never answered", hotkey, date));
  }
  if (asked == Asked::again) {
    asked_twice_[date].insert(hotkey);
    if (asked_twice_[date].size() > kAskedTwice) broken("too many are asked a second time");
  }
  auto& [last, times] = asked_[date + validator::asked_name(asked) + hotkey];
  if (times > 0 && (asked != Asked::first || world_.time - last < kAskPause)) {
    broken(fmt::format("{} is asked for {} twice within the pause", hotkey, date));
  }
  last = world_.time;
  if (++times > kAskWindow / kAskPause + 2) {
    broken(fmt::format("{} is asked for {} beyond the window", hotkey, date));
  }
}

void SimulatedRounds::note_stored(const std::string& date, const std::string& hotkey) {
  const Asked asked = asked_now(date);
  for (const AnswerRecord& answer : ledger_->answers(date, asked)) {
    if (answer.miner.hotkey == hotkey) answers_[{date, asked}][hotkey] = answer.body_sha256;
  }
  if (!answers_[{date, asked}].contains(hotkey)) broken("an answer that was stored is not there");
}

void SimulatedRounds::check_request(const SimulatedChain::Included& what) {
  world_.note("send", what.request);
  const auto records = ledger_->weights();
  if (records.empty()) broken("weights were sent that nobody intended");
  const validator::WeightsRecord& newest = records.front();
  if (newest.state != validator::Sending::sending) broken("weights are sent and not noted so");
  if (chain_.is_waiting()) broken("weights were sent while others may still arrive");
  const bool is_first = chain_.included().empty();
  if (!is_first && chain_.now() - chain_.last_update() < SimulatedChain::kRateLimit) {
    broken("weights were sent within the chain's rate limit");
  }
  std::map<std::string, double> wanted;
  for (std::size_t i = 0; i < newest.hotkeys.size(); ++i) {
    wanted[newest.hotkeys[i]] = newest.values[i];
  }
  for (std::size_t i = 0; i < what.hotkeys.size(); ++i) {
    const auto found = wanted.find(what.hotkeys[i]);
    if (found == wanted.end() || found->second != what.values[i]) {
      broken("a hotkey was given another's weight");
    }
  }
  requests_[{newest.date, newest.stage}].push_back(what.request);
}

}  // namespace aml::simulated
