#include "bittensor/btauth.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

#include "base/hash.h"
#include "base/hex.h"
#include "base/parse_number.h"

namespace aml::bittensor {

namespace {

constexpr const char* kVersion = "x-bittensor-version";
constexpr const char* kHotkey = "x-bittensor-hotkey";
constexpr const char* kReceiver = "x-bittensor-receiver";
constexpr const char* kNonce = "x-bittensor-nonce";
constexpr const char* kSignature = "x-bittensor-signature";
constexpr const char* kCrypto = "x-bittensor-crypto";

// What the header fields say, before any of it is believed.
struct Claim {
  std::string_view sender;
  PublicKey key{};
  std::int64_t nonce = 0;
  Signature signature{};
};

// Decimal as the sender must have signed it: no sign, no leading zeros.
std::optional<std::int64_t> parse_nonce(std::string_view text) {
  const bool as_written = !text.starts_with('-') && (!text.starts_with('0') || text == "0");
  return as_written ? parse_number<std::int64_t>(text) : std::nullopt;
}

// Only sr25519 is spoken here: hotkeys of the other schemes of SDK 11 are told so by name.
const char* refuse_scheme(std::string_view scheme) {
  if (scheme == "sr25519") return nullptr;
  if (scheme == "ed25519")
    return "X-Bittensor-Crypto: ed25519 hotkeys are not accepted here, only sr25519";
  if (scheme == "mldsa")
    return "X-Bittensor-Crypto: ML-DSA hotkeys are not accepted here, only sr25519";
  if (scheme == "hashed")
    return "X-Bittensor-Crypto: hashed hotkeys are not accepted here, only sr25519";
  return "X-Bittensor-Crypto: only sr25519 is accepted here";
}

// The reason where the shape is wrong, otherwise null.
const char* read_claim(const HeaderLookup& header, Claim& claim) {
  if (header(kVersion) != "1") return "X-Bittensor-Version must be 1";
  if (const auto scheme = header(kCrypto)) {
    if (const char* reason = refuse_scheme(*scheme)) return reason;
  }
  const auto sender = header(kHotkey);
  if (!sender) return "X-Bittensor-Hotkey is missing";
  const auto nonce_text = header(kNonce);
  if (!nonce_text) return "X-Bittensor-Nonce is missing";
  const auto nonce = parse_nonce(*nonce_text);
  if (!nonce) return "X-Bittensor-Nonce must be a time in nanoseconds, in decimal";
  const auto signature = header(kSignature);
  if (!signature) return "X-Bittensor-Signature is missing";
  if (!from_hex(*signature, claim.signature)) {
    return "X-Bittensor-Signature must be 64 bytes in hex";
  }
  const auto key = ss58_decode(*sender);
  if (!key) return "X-Bittensor-Hotkey is no ss58 address";
  claim.sender = *sender;
  claim.key = *key;
  claim.nonce = *nonce;
  return nullptr;
}

AuthResult refuse(const char* reason, int status = 401) { return {std::nullopt, {status, reason}}; }

}  // namespace

std::int64_t unix_time_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::int64_t next_nonce() {
  // Beyond it a clock was wrong and has been set back: nobody accepts a nonce from the future.
  constexpr std::int64_t kLongestLeadNs = 1'000'000'000;
  static std::atomic<std::int64_t> last{0};
  std::int64_t before = last.load();
  std::int64_t next = 0;
  do {
    const std::int64_t now = unix_time_ns();
    next = before - now > kLongestLeadNs ? now : std::max(now, before + 1);
  } while (!last.compare_exchange_weak(before, next));
  return next;
}

std::string btauth_payload(std::string_view method, std::string_view target,
                           std::string_view body_sha256, std::int64_t nonce,
                           std::string_view sender, std::string_view receiver) {
  std::string upper(method);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return fmt::format("btauth/1\nsr25519\n{}\n{}\n{}\n{}\n{}\n{}", upper, target, body_sha256, nonce,
                     sender, receiver);
}

SignedRequest btauth_sign(const Keypair& sender, std::string_view method, std::string_view target,
                          std::string_view body, std::string_view receiver, std::int64_t nonce) {
  std::string payload = btauth_payload(method, target, hash_text(HashKind::sha256, body), nonce,
                                       sender.ss58(), receiver);
  return {{{"X-Bittensor-Version", "1"},
           {"X-Bittensor-Hotkey", sender.ss58()},
           {"X-Bittensor-Receiver", std::string(receiver)},
           {"X-Bittensor-Nonce", fmt::format("{}", nonce)},
           {"X-Bittensor-Signature", signature_text(sender.sign(payload))}},
          std::move(payload)};
}

Authenticator::Authenticator(std::string own_hotkey, std::size_t most_nonces,
                             std::int64_t started_ns)
    : own_hotkey_(std::move(own_hotkey)),
      started_ns_(started_ns),
      nonces_(kMaxAgeNs, most_nonces) {}

AuthResult Authenticator::verify(const IncomingRequest& request, std::int64_t now) {
  Claim claim;
  if (const char* reason = read_claim(request.header, claim)) return refuse(reason);
  const auto receiver = request.header(kReceiver);
  if (!receiver) return refuse("X-Bittensor-Receiver is missing: name whom the request is for");
  if (*receiver != own_hotkey_) return refuse("the request was signed for another receiver");
  if (now < started_ns_) started_ns_ = now;  // a clock that ran ahead must not close the door
  if (claim.nonce < now - kMaxAgeNs) return refuse("the request is older than 10 seconds");
  if (claim.nonce < started_ns_) return refuse("the request is older than this server");
  if (claim.nonce > now + kMaxAheadNs) return refuse("the request is from the future");
  std::string payload =
      btauth_payload(request.method, request.target, hash_text(HashKind::sha256, request.body),
                     claim.nonce, claim.sender, own_hotkey_);
  if (!bittensor::verify(claim.key, payload, claim.signature)) {
    return refuse("the signature is not the hotkey's over this request");
  }
  switch (nonces_.remember(claim.key, claim.nonce, now)) {
    case NonceStore::Verdict::replayed:
      return refuse("this nonce was used before; sign every attempt anew");
    case NonceStore::Verdict::full:
      return refuse("too many requests at the moment; try again in some seconds", 503);
    case NonceStore::Verdict::fresh:
      break;
  }
  return {Caller{std::string(claim.sender), std::move(payload)}, {}};
}

}  // namespace aml::bittensor
