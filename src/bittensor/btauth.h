#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/http_client.h"
#include "bittensor/keypair.h"
#include "bittensor/nonce_store.h"

// btauth/1: HTTP requests signed by a hotkey, as bittensor.http_auth of SDK 11 signs and verifies
// them. docs/protocol.md repeats the wire format; sr25519 is the only scheme here.
namespace aml::bittensor {

// Nanoseconds since 1970 by the system's clock, which is what nonces are.
std::int64_t unix_time_ns();

// The eight lines that are signed. `target` is the path with its query exactly as sent; `receiver`
// is "-" in a request for nobody in particular.
std::string btauth_payload(std::string_view method, std::string_view target,
                           std::string_view body_sha256, std::int64_t nonce,
                           std::string_view sender, std::string_view receiver);

struct SignedRequest {
  HttpHeaders headers;  // to be sent with the request
  std::string payload;  // the eight lines
};

// A nonce for a new request: the time, and more than the one before it in this process, unless the
// clock was set back by more than a second.
std::int64_t next_nonce();

// Signs a request. Every attempt, a repeated one too, needs a nonce of its own.
SignedRequest btauth_sign(const Keypair& sender, std::string_view method, std::string_view target,
                          std::string_view body, std::string_view receiver,
                          std::int64_t nonce = next_nonce());

// A request's header fields: the values of a lowercase name, in order.
using HeaderLookup =
    std::function<std::optional<std::string_view>(std::string_view lowercase_name)>;

struct IncomingRequest {
  std::string_view method;
  std::string_view target;  // as received
  std::string_view body;    // raw bytes as received
  HeaderLookup header;      // nothing where the field is absent; an empty view where it is repeated
};

// Who sent a request that verified.
struct Caller {
  std::string hotkey;   // ss58
  std::string payload;  // the eight lines that were signed
};

// Why a request was refused: one sentence for the caller, which holds nothing of the request.
struct AuthFailure {
  int status;  // 401; 503 where no more nonces can be remembered
  const char* reason;
};

struct AuthResult {
  std::optional<Caller> caller;
  AuthFailure failure{};  // where there is no caller
};

// A receiver's side. May be called from any thread.
class Authenticator {
 public:
  static constexpr std::int64_t kMaxAgeNs = 10'000'000'000;
  static constexpr std::int64_t kMaxAheadNs = 2'000'000'000;

  // Nonces older than `started_ns` are refused: a request that was answered before a restart is not
  // remembered. Where the clock is set back behind it, it began then. 0: whatever is fresh counts.
  explicit Authenticator(std::string own_hotkey, std::size_t most_nonces = NonceStore::kMostNonces,
                         std::int64_t started_ns = 0);

  // Checks shape, receiver, freshness, signature and replay, in this order; a nonce is remembered
  // only once its signature verified. `now` is the time in nanoseconds.
  AuthResult verify(const IncomingRequest& request, std::int64_t now = unix_time_ns());

  const std::string& own_hotkey() const { return own_hotkey_; }
  const NonceStore& nonces() const { return nonces_; }

 private:
  std::string own_hotkey_;
  std::atomic<std::int64_t> started_ns_;
  NonceStore nonces_;
};

}  // namespace aml::bittensor
