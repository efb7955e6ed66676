#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "../base/scratch_folder.h"
#include "bittensor/commitment.h"
#include "bittensor/keypair.h"
#include "robbed_days.h"
#include "validator/ledger.h"
#include "validator/validator.h"

// A subnet whose validators demand commitments, day after day by the chain's clock: honest miners
// who know something of their own, and thieves. Everything but the network, the chain and the
// alerts is the program's own.
namespace aml::validator::robbery {

// What a miner shows to a validator: scores by alert number, and the opening beside them.
struct Shown {
  std::vector<double> scores;
  std::string opening;
};

// An answer that was made, and all that opens it.
struct Made {
  std::vector<double> scores;
  bittensor::Opening opening;
  std::string root() const { return bittensor::commitment_root(opening.leaves); }
  Shown shown() const { return {scores, opening.to_text()}; }
};

class Market;

// What a miner does. Functions may be empty: then it does nothing there.
struct Actor {
  std::string name;
  // At five o'clock, an hour before the deadline.
  std::function<void(Market&, Actor&, const std::string& date)> before{};
  // In the deadline's block; a minute later, when answers are given; and later that evening.
  std::function<void(Market&, Actor&, const std::string& date)> at_deadline{};
  // What it answers to whom; nothing: it refuses.
  std::function<std::optional<Shown>(Market&, Actor&, const std::string& date,
                                     const std::string& validator)>
      answer{};
  std::map<std::string, Made> made{};  // by day

  bittensor::Keypair key() const { return bittensor::Keypair::from_dev_uri("//" + name); }
  std::string hotkey() const { return key().ss58(); }
};

// A validator: what is special about it.
struct Judge {
  std::string name;
  std::chrono::seconds clock_off{0};  // by which its own clock is wrong
  std::set<int> down{};               // days, by number, on whose evening it is down
  std::chrono::minutes training{30};  // that its references may take
};

class Market {
 public:
  explicit Market(std::vector<Actor> actors, std::vector<Judge> judges = {{"punctual"}});
  ~Market();

  // Runs so many days, and then as many evenings as truths need.
  void run(int days);

  // For actors.
  RobbedDays& days() { return days_; }
  Made made(const Actor& actor, const std::string& date, std::vector<double> scores) const;
  // Writes a root of that day to the chain, in the current block.
  void commit(const Actor& actor, const std::string& date, const std::string& root);
  Actor& actor(const std::string& name);
  // Things that happen to the world on a day: at six in the morning after it.
  std::function<void(Market&, const std::string& date)> in_the_morning{};
  std::function<void(Market&, const std::string& date)> late_at_night{};
  void wait(std::chrono::milliseconds time) { now_ms_ += time.count(); }
  // Every neuron's registration, by name; 0 where not named.
  std::map<std::string, std::uint64_t> registered{};

  // What became of it, by the truths, in a validator's ledger.
  std::map<std::string, std::map<std::string, double>> points(const std::string& judge);
  std::map<std::string, double> weights(const std::string& judge);
  // Of that day: whether each counted as committed; and the final score.
  std::map<std::string, bool> committed(const std::string& judge, const std::string& date);
  std::map<std::string, double> scores(const std::string& judge, const std::string& date);
  // The sha256 of all evidence, contributions and the newest weights.
  std::string everything(const std::string& judge);
  Ledger& ledger(const std::string& judge);
  std::uint64_t block() const;

 private:
  class Chain;
  class Network;
  class Watch;
  struct Seat;

  void evening(const std::string& date, int number);
  std::string name_of(const std::string& hotkey) const;

  test::ScratchFolder folder_;
  std::int64_t now_ms_;
  RobbedDays days_;
  std::vector<Actor> actors_;
  std::map<std::string, std::vector<bittensor::CommitmentEntry>> logs_;
  std::vector<std::unique_ptr<Seat>> seats_;
};

// Who makes scores from what it knows, commits in time and answers everybody.
Actor honest(const std::string& name, std::size_t factor);
// Who commits to what it knows, without anything of its own, and answers everybody.
Actor guesser(const std::string& name);
// Who is registered and does nothing.
Actor idle(const std::string& name);
std::vector<Actor> numbered(std::size_t count,
                            const std::function<Actor(const std::string&)>& make);

}  // namespace aml::validator::robbery
