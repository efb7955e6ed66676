#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bittensor/envelope.h"
#include "bittensor/keypair.h"
#include "bittensor/scores_request.h"

// A validator's side: asks miners over btauth/1 and checks what they answer.
namespace aml::bittensor {

// At which addresses a miner is asked. Redirects are never followed.
enum class Places {
  any,          // whatever libcurl connects to, names too
  private_too,  // IP addresses that somebody can reach: global, private, loopback
  global,       // global unicast addresses alone
};

struct MinerAddress {
  std::string host;  // an IP address or a name
  std::uint16_t port = 0;
  std::string hotkey;  // ss58
  Places places = Places::any;
};

struct Question {
  MinerAddress miner;
  ScoresRequest request;
};

struct AskLimits {
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds deadline{60'000};       // for each question, from when its turn comes
  std::chrono::milliseconds stall_timeout{15'000};  // no byte for so long
  std::uint64_t body_bytes = 268'435'456;           // of the body, its coding undone; and as sent
  std::size_t at_once = 64;                         // questions under way at the same time
  bool https = false;
  std::string accept_encoding = "zstd, gzip";  // empty: plain
};

enum class AskOutcome {
  answered,     // 200, and the envelope proves the whole body
  refused,      // another status; `status` and `reason` say which and why
  unreachable,  // no connection, or it broke off before the head or within the body
  too_late,     // the deadline or stall timeout passed
  too_large,    // more bytes than the limit
  unproven,     // a 200 whose envelope is missing, malformed, not signed by the miner, or not for
                // this request or body
  stopped,      // the sink returned false, or the program is to end
  not_asked,    // its address is not one of the places that are asked
};
std::string_view outcome_name(AskOutcome outcome);

struct Reply {
  AskOutcome outcome = AskOutcome::unreachable;
  int status = 0;      // of HTTP; 0 where none came
  std::string reason;  // one sentence of ours, without a byte of the answer; empty where answered
  std::string detail;  // what a refusal says of itself, at most 200 printable bytes
  // Complete where outcome is answered; the envelope is there too where it was valid as far as it
  // could be checked before the body failed.
  std::string request_payload;
  std::string request_body;
  std::optional<Envelope> envelope;
  std::uint64_t body_bytes = 0;  // that the sink was given
  std::uint64_t wire_bytes = 0;  // of the body as it was sent
  double seconds = 0;            // from the start of the attempt to its end

  Evidence evidence() const { return {request_payload, request_body, *envelope}; }
};

// Takes a body's bytes as they come, its coding undone; false ends the transfer. It gets none
// before the envelope's signature and request were checked, but only `outcome` tells whether what
// it got was all and true. An exception is thrown on by ask_all() once the other transfers have
// ended.
using BodySink = std::function<bool(std::string_view bytes)>;

// Asks all at once (one connection each) and returns one reply per question, in their order. One
// attempt each, and another where a miner refused (401) whose clock, by its Date, is up to 26 hours
// from ours: by that clock. Never throws for what a miner does. `open_sink(i)` is called on the
// calling thread before question i is sent; all sinks run on the calling thread too, and so does
// `on_reply`, as soon as question i is settled and while others are under way.
std::vector<Reply> ask_all(
    const Keypair& sender, std::span<const Question> questions, const AskLimits& limits,
    const std::function<BodySink(std::size_t index)>& open_sink,
    const std::function<void(std::size_t index, const Reply&)>& on_reply = {});

Reply ask(const Keypair& sender, const Question& question, const AskLimits& limits,
          const BodySink& sink);

}  // namespace aml::bittensor
