#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "bittensor/chain.h"
#include "bittensor/keypair.h"
#include "bittensor/miner_client.h"

// What a validator meets outside of itself, behind interfaces, so that its rounds can be run
// against a world that fails (tests/simulated_subnet).
namespace aml::validator {

class Archive;
class DaySource;
class Ledger;

class Clock {
 public:
  Clock() = default;
  virtual ~Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;

  // Never goes back.
  virtual std::chrono::steady_clock::time_point now() = 0;
  // The wall's, which may jump.
  virtual std::chrono::system_clock::time_point utc() = 0;
  // The same in milliseconds since 1970.
  std::int64_t utc_ms() {
    using std::chrono::milliseconds;
    return std::chrono::duration_cast<milliseconds>(utc().time_since_epoch()).count();
  }
  // Throws Error{interrupted} where a stop is requested meanwhile.
  virtual void wait(std::chrono::seconds time) = 0;
};

// The system's.
class SystemClock : public Clock {
 public:
  std::chrono::steady_clock::time_point now() override { return std::chrono::steady_clock::now(); }
  std::chrono::system_clock::time_point utc() override { return std::chrono::system_clock::now(); }
  void wait(std::chrono::seconds time) override;
};

// The way to the miners.
class Asker {
 public:
  // What is to be done with a reply, such as storing it; empty: nothing.
  using Work = std::function<void()>;
  using OpenSink = std::function<bittensor::BodySink(std::size_t index)>;
  using OnReply = std::function<Work(std::size_t index, const bittensor::Reply&)>;

  Asker() = default;
  virtual ~Asker() = default;
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;

  // As bittensor::ask_all(). The work that replies bring is done one after the other in their
  // order, and all of it when this returns. Throws what the work throws; what comes after it is
  // then not done.
  virtual void ask(const bittensor::Keypair& sender, std::span<const bittensor::Question> questions,
                   const bittensor::AskLimits& limits, const OpenSink& open_sink,
                   const OnReply& on_reply) = 0;
};

// Over the network. The work is done beside the loop that receives, so that a slow disk makes no
// miner late.
class NetworkAsker : public Asker {
 public:
  void ask(const bittensor::Keypair& sender, std::span<const bittensor::Question> questions,
           const bittensor::AskLimits& limits, const OpenSink& open_sink,
           const OnReply& on_reply) override;
};

struct Outside {
  DaySource& days;
  Asker& asker;
  bittensor::ChainClient& chain;
  Clock& clock;
  Archive& archive;
  Ledger& ledger;
};

}  // namespace aml::validator
