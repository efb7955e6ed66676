#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/http_client.h"
#include "bittensor/btauth.h"
#include "bittensor/keypair.h"
#include "bittensor/scores_request.h"

// The axon and dendrite protocol of SDK 10.5, as far as one synapse needs it: RiskScoreSynapse,
// whose fields are those of ScoresRequest, all strings, all of them hashed. docs/protocol.md has
// its class.
namespace aml::bittensor {

inline constexpr const char* kSynapseName = "RiskScoreSynapse";
inline constexpr const char* kSynapsePath = "/RiskScoreSynapse";

// What a v10 request claims in its header fields.
struct V10Claim {
  std::string hotkey;
  PublicKey key{};
  std::int64_t nonce = 0;
  std::string uuid;
  Signature signature{};
  std::string body_hash;
  // The sender's, which widens the time a first nonce may come from. Nobody signs it, so it is
  // never more than 300 seconds.
  std::int64_t timeout_ns = 0;
};

// Nothing of it is believed yet. Failures are 400.
std::variant<V10Claim, AuthFailure> read_v10_claim(const HeaderLookup& header);

// "nonce.sender.receiver.uuid.body_hash": what a v10 sender signs.
std::string v10_message(const V10Claim& claim, std::string_view receiver);

// sha3-256 in hex over the sha3-256 hexes of the fields, as Synapse.body_hash computes it for text.
std::string v10_body_hash(const ScoresRequest& request);

// The four fields in a synapse's JSON; others, the SDK's own, are passed over. Throws Error{usage}.
ScoresRequest parse_synapse(std::string_view json);

// A receiver's side. May be called from any thread.
class V10Authenticator {
 public:
  // Nonces are remembered for so many pairs of hotkey and uuid; the oldest go first, and what is
  // forgotten is too old to come again.
  static constexpr std::size_t kMostEndpoints = 100'000;

  // `started_ns` as for Authenticator.
  explicit V10Authenticator(std::string own_hotkey, std::int64_t started_ns = 0,
                            std::size_t most_endpoints = kMostEndpoints)
      : own_hotkey_(std::move(own_hotkey)),
        started_ns_(started_ns),
        most_endpoints_(most_endpoints) {}

  // Checks nonce and signature; failures are 401 (503 where too many senders are remembered).
  std::optional<AuthFailure> verify(const V10Claim& claim, std::int64_t now = unix_time_ns());

 private:
  struct Endpoint {
    std::int64_t nonce;
    std::int64_t forget_at;  // from when on freshness refuses a repetition
  };
  bool make_room(std::int64_t now);

  std::string own_hotkey_;
  std::int64_t started_ns_;
  const std::size_t most_endpoints_;
  std::mutex mutex_;
  std::map<std::string, Endpoint> endpoints_;  // by "hotkey:uuid"
};

struct V10Request {
  HttpHeaders headers;
  std::string body;
  std::string message;  // that was signed
};

// A sender's side: a request as Dendrite 10.5 makes it.
V10Request v10_sign(const Keypair& sender, std::string_view receiver,
                    const std::string& receiver_ip, std::uint16_t receiver_port,
                    const ScoresRequest& request, double timeout_s,
                    std::int64_t nonce = next_nonce());

}  // namespace aml::bittensor
