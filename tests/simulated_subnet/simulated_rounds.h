#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "simulated_chain.h"
#include "simulated_days.h"
#include "simulated_miners.h"
#include "simulated_world.h"
#include "validator/ledger.h"
#include "validator/validator.h"

namespace aml::simulated {

inline constexpr int kTruthDays = 8;
inline constexpr std::size_t kAskedTwice = 3;
inline constexpr int kKeepBodies = 12;
inline constexpr int kKeepSnapshots = 12;

// A validator as the program runs it, whole rounds of asking, storing, judging and sending weights,
// in a world from one seed: its SOT, miners, chain, clock, disk and power fail at random. After
// each step it is checked that nothing that was noted is lost, doubled or changed, that nobody was
// asked for nothing, and that the chain was given the right weights, not too often.
class SimulatedRounds {
 public:
  SimulatedRounds(std::uint64_t seed, int faults_permille);

  // One thing happens: a step of the validator's loop, or something in the world. Throws Broken.
  void step();
  // All works again: every day and truth must be judged, and the newest weights on the chain.
  void settle();

  std::size_t rounds() const { return judged_.size(); }
  std::size_t crashes() const { return crashes_; }
  std::size_t failures() const { return failures_; }
  std::size_t questions() const { return questions_; }
  const SimulatedChain& chain() const { return chain_; }
  // Of all that happened: the same for a seed on any machine.
  std::uint64_t trace() const { return world_.trace; }

 private:
  using Key = std::pair<std::string, validator::Stage>;
  using Asked = validator::Asked;
  struct Intention {
    std::vector<std::string> hotkeys;
    std::vector<double> values;
  };

  [[noreturn]] void broken(const std::string& what) const;
  void open();
  void crash();
  // Runs what the validator's loop would run; false where it failed or was cut off.
  bool run(const std::function<void()>& work);
  void run_round();
  void judge_by_truth();
  void happen();

  Asked asked_now(const std::string& date);
  bool keeps_bodies_of(const std::string& date);
  Date newest_round();
  void check_question(const std::string& date, const std::string& hotkey);
  void note_stored(const std::string& date, const std::string& hotkey);
  void check_request(const SimulatedChain::Included& what);

  void check();
  void check_answers(const std::string& date);
  void check_verdicts(const std::string& date, validator::Stage stage);
  void check_verdict(const validator::VerdictRecord& record, std::size_t answered);
  void check_weights();
  void check_asked_twice(const std::string& date);
  void check_all_is_done();

  std::uint64_t seed_;
  World world_;
  SimulatedDays days_;
  SimulatedMiners miners_;
  SimulatedClock clock_;
  SimulatedArchive archive_;
  bittensor::Keypair own_;
  SimulatedChain chain_;
  std::unique_ptr<validator::Ledger> ledger_;
  std::unique_ptr<validator::Validator> validator_;

  bool judges_truth_ = false;  // what runs: a truth, or a round
  std::map<std::string, std::pair<std::chrono::seconds, int>>
      asked_;                                                 // in this run: last, how often
  std::map<std::string, std::set<std::string>> asked_twice_;  // hotkeys, by day
  // What the ledger said that it has.
  std::map<std::pair<std::string, Asked>, std::map<std::string, std::string>> answers_;  // bodies
  std::map<Key, std::map<std::string, std::string>> verdicts_;  // by hotkey, as JSON
  std::set<Key> judged_stages_;
  std::set<std::string> judged_;
  std::map<Key, Intention> intended_;
  std::vector<Key> order_;
  std::map<Key, std::vector<std::uint64_t>> requests_;
  std::size_t crashes_ = 0;
  std::size_t failures_ = 0;
  std::size_t questions_ = 0;
  std::uint64_t steps_ = 0;
};

}  // namespace aml::simulated
