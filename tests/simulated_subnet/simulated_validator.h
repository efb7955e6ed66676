#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/date.h"
#include "faulty_disk.h"
#include "random.h"
#include "simulated_chain.h"
#include "simulated_world.h"
#include "validator/ledger.h"
#include "validator/weight_sender.h"

namespace aml::simulated {

// A validator's days over a disk, a clock and a chain that fail: the ledger and the sender of
// weights are the program's own, what the miners answer and how they are judged are values drawn
// from the seed. After each step it is checked that nothing that was noted is lost, doubled or
// changed, and that the chain was given the right weights, not too often.
class SimulatedValidator {
 public:
  SimulatedValidator(std::uint64_t seed, int faults_permille);

  // Throws Broken. One thing happens: a step of a round, a look at the weights, some blocks, a move
  // on the subnet, a crash.
  void step();
  // All works again: the newest weights must come onto the chain, and be noted as there.
  void settle();

  std::size_t rounds() const { return judged_; }
  std::size_t crashes() const { return crashes_; }
  std::uint64_t refused_writes() const { return failures_; }
  const SimulatedChain& chain() const { return chain_; }
  // Of all that happened: the same for a seed on any machine.
  std::uint64_t trace() const { return trace_; }

 private:
  using Key = std::pair<std::string, validator::Stage>;
  using Intended = std::pair<std::vector<std::string>, std::vector<double>>;  // hotkeys, weights

  void note(std::string_view what, std::uint64_t number = 0);
  [[noreturn]] void broken(const std::string& what) const;
  void open();
  void crash();
  void learn_what_came_back();
  // Runs a step of the ledger's; after an Error it is done wholly or not at all.
  template <typename Work>
  bool done(const Work& work);

  void work_on_round();
  void ask_somebody(const std::string& date, const std::vector<validator::MinerRecord>& missing);
  void judge(const std::string& date, validator::Stage stage);
  void intend(const std::string& date, validator::Stage stage);
  void judge_an_older_day();
  void tend();
  void check_request(const SimulatedChain::Included& what);

  void check();
  void check_answers(const std::string& date);
  void check_verdicts(const std::string& date, validator::Stage stage);
  void check_weights();

  std::uint64_t seed_;
  Random random_;
  int faults_permille_;
  FaultyDisk disk_;
  std::vector<std::string> hotkeys_;  // the validator's first
  SimulatedChain chain_;
  std::unique_ptr<validator::Ledger> ledger_;
  std::unique_ptr<validator::WeightSender> sender_;
  validator::WeightSender::Clock::time_point now_{};
  Date day_ = Date::require("2025-01-01", "the first day");

  // What the ledger said that it has. A step that failed may be there as well: it is looked up.
  std::map<std::string, std::map<std::string, std::string>> answers_;  // by day and hotkey: body
  std::map<Key, std::map<std::string, double>> verdicts_;              // by hotkey: final score
  std::map<Key, Intended> intended_;
  // What the ledger refused to write, and may have after a crash.
  std::optional<std::pair<const Key, std::map<std::string, double>>> refused_verdicts_;
  std::vector<std::pair<Key, Intended>> refused_weights_;
  std::vector<Key> order_;                              // of the intentions
  std::map<Key, std::vector<std::uint64_t>> requests_;  // those that were sent
  std::optional<Key> sending_;                          // whose weights are being sent
  std::size_t judged_ = 0;
  std::size_t crashes_ = 0;
  std::uint64_t failures_ = 0;
  std::uint64_t steps_ = 0;
  std::uint64_t trace_ = 1469598103934665603U;
};

}  // namespace aml::simulated
