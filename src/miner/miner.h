#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "bittensor/btauth.h"
#include "bittensor/envelope.h"
#include "bittensor/keypair.h"
#include "bittensor/v10.h"
#include "http/handler.h"
#include "miner/admission.h"
#include "miner/commitment_keeper.h"
#include "miner/date_list.h"
#include "miner/metagraph_watch.h"
#include "miner/score_source.h"

namespace aml::miner {

struct MinerOptions {
  ApiOptions api;
  AdmissionPolicy policy;
  bool v10 = false;                            // answer /RiskScoreSynapse too
  std::chrono::milliseconds patience{20'000};  // how long an admitted request may wait its turn
};

// The miner's server: admits signed requests of validators and answers them with the API's lists
// and an envelope signed by the hotkey. docs/protocol.md is its specification. Strangers cost no
// more than a look at their header fields or one signature, and never reach the API.
class Miner : public http::Handler {
 public:
  // `watch` may be null: then only the policy's list is admitted. So may `commitments`: then scores
  // are given as soon as the API has them. All must outlive the miner.
  Miner(const bittensor::Keypair& hotkey, const MetagraphWatch* watch, MinerOptions options,
        CommitmentKeeper* commitments = nullptr);

  std::optional<http::Response> answer_now(http::Request& request) override;
  http::Response answer(http::Request& request) override;
  int priority(const http::Request& request) const override;

 private:
  using Clock = std::chrono::steady_clock;
  // A request that was admitted and waits for the API.
  struct Pending {
    std::string sender;
    std::string signed_payload;
    bittensor::ScoresRequest request;
    std::string coding;
    Ticket ticket;
    int priority = 0;
    Clock::time_point admitted;
    std::optional<bittensor::V10Claim> v10{};
  };
  using PendingPointer = std::shared_ptr<Pending>;
  using Admitted = std::variant<PendingPointer, http::Response>;

  std::optional<http::Response> decide(http::Request& request);
  Admitted admit(const http::Request& request);
  Admitted admit_v10(const http::Request& request);
  std::optional<Refusal> refuse_stranger(const std::string& sender, int& priority) const;
  // That a validator reached us. Only of who has proved to be the sender.
  void note_asked(const std::string& sender) const;
  http::Response deliver(const Pending& pending, std::shared_ptr<const ScoredList> list) const;
  http::Response deliver_v10(const Pending& pending, const ScoredList& list) const;
  http::Response refuse_v10(const bittensor::V10Claim& claim, int status,
                            const std::string& reason) const;
  void add_terminals(http::Response& response, const bittensor::V10Claim& claim,
                     const std::string& message, double seconds) const;
  bittensor::Envelope envelope(const Pending& pending, const ScoredList& list) const;
  http::Response wait_for(const Pending& pending);
  std::shared_ptr<const ScoredList> list_for(const Pending& pending);
  std::shared_ptr<const ScoredList> opened_list(const Pending& pending);
  http::Response info();
  std::string info_json(const DateList::Known& days) const;

  const bittensor::Keypair& hotkey_;
  const MetagraphWatch* watch_;
  CommitmentKeeper* commitments_;
  const MinerOptions options_;
  bittensor::Authenticator authenticator_;
  bittensor::V10Authenticator v10_authenticator_;
  Admission admission_;
  ScoreSource source_;
  DateList dates_;
  // When a hotkey with a validator permit asked last, in seconds since 1970; 0: not yet.
  mutable std::atomic<std::int64_t> validator_asked_{0};
};

}  // namespace aml::miner
