#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "simulated_days.h"
#include "simulated_world.h"
#include "validator/outside.h"

namespace aml::simulated {

// How a miner treats a validator.
enum class Kind {
  good,      // knows something of the truth
  noisy,     // answers with what anyone has, and noise
  copier,    // gives the good one's scores
  silent,    // is never there
  late,      // is there from some hour on
  garbage,   // sends no JSON
  infinite,  // gives an absurd latency in each row
  liar,      // signs another body than it sends
  fickle,    // gives other scores each time
  forger,    // signs with another key
};
inline constexpr int kKinds = 10;

struct Miner {
  Kind kind = Kind::good;
  bittensor::Keypair key;
  std::uint64_t model = 0;
};
std::vector<Miner> make_miners();

// The network and the miners behind it. Replies come in any order; what they bring is stored at
// once or somewhat later, one after the other.
class SimulatedMiners : public validator::Asker {
 public:
  SimulatedMiners(World& world, const SimulatedDays& days);

  const std::vector<Miner>& all() const { return miners_; }
  const Miner& of(const std::string& hotkey) const;
  // Is told of each question before it is answered: the day and the hotkey.
  std::function<void(const std::string& date, const std::string& hotkey)> on_question{};
  // Is told when what an answer brought was done without an error.
  std::function<void(const std::string& date, const std::string& hotkey)> on_stored{};

  void ask(const bittensor::Keypair& sender, std::span<const bittensor::Question> questions,
           const bittensor::AskLimits& limits, const OpenSink& open_sink,
           const OnReply& on_reply) override;

 private:
  bittensor::Reply reply_to(const bittensor::Keypair& sender, const bittensor::Question& question,
                            const bittensor::BodySink& sink);
  std::string body_of(const Miner& miner, const std::string& date);

  World& world_;
  const SimulatedDays& days_;
  std::vector<Miner> miners_;
};

}  // namespace aml::simulated
