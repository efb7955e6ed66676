#include "bittensor/v10.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/hex.h"
#include "base/parse_number.h"

namespace aml::bittensor {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kAllowedDelta = 4 * kSecond;  // bittensor.core.settings: ALLOWED_DELTA
constexpr double kLongestTimeoutS = 300;
constexpr const char* kVersion = "10005000";  // of SDK 10.5.0, as it counts
constexpr std::size_t kLongestUuid = 64;

std::string sha3(std::string_view text) {
  std::array<std::uint8_t, 32> digest{};
  static const EVP_MD* const algorithm = EVP_sha3_256();
  if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, algorithm, nullptr) != 1) {
    throw Error(ErrorKind::internal, "OpenSSL refuses to make a sha3 digest");
  }
  return to_hex(digest);
}

bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= kLongestUuid &&
         text.find_first_not_of("0123456789abcdefABCDEF-") == std::string_view::npos;
}

// An identifier of this process towards axons, as Dendrite makes one.
std::string random_uuid() {
  const std::string hex = sha3(fmt::format("{}", next_nonce()));
  return fmt::format("{}-{}-1{}-8{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 3),
                     hex.substr(15, 3), hex.substr(18, 12));
}

}  // namespace

std::variant<V10Claim, AuthFailure> read_v10_claim(const HeaderLookup& header) {
  const auto field = [&](const char* name) { return header(name).value_or(std::string_view()); };
  const auto wrong = [](const char* reason) { return AuthFailure{400, reason}; };
  V10Claim claim;
  claim.hotkey = field("bt_header_dendrite_hotkey");
  const auto key = ss58_decode(claim.hotkey);
  if (!key) return wrong("bt_header_dendrite_hotkey is no ss58 address");
  claim.key = *key;
  const auto nonce = parse_number<std::int64_t>(field("bt_header_dendrite_nonce"));
  if (!nonce || *nonce < 0) return wrong("bt_header_dendrite_nonce must be a time in nanoseconds");
  claim.nonce = *nonce;
  claim.uuid = field("bt_header_dendrite_uuid");
  if (!is_word(claim.uuid)) return wrong("bt_header_dendrite_uuid must be a UUID");
  if (!from_hex(field("bt_header_dendrite_signature"), claim.signature)) {
    return wrong("bt_header_dendrite_signature must be 64 bytes in hex");
  }
  claim.body_hash = field("computed_body_hash");
  std::array<std::uint8_t, 32> digest{};
  if (!from_hex(claim.body_hash, digest)) return wrong("computed_body_hash must be a sha3-256");
  const auto timeout_s = parse_number<double>(field("timeout"));
  if (!timeout_s || !(*timeout_s >= 0)) return wrong("timeout must be a number of seconds");
  claim.timeout_ns = static_cast<std::int64_t>(std::min(*timeout_s, kLongestTimeoutS) * kSecond);
  return claim;
}

std::string v10_message(const V10Claim& claim, std::string_view receiver) {
  return fmt::format("{}.{}.{}.{}.{}", claim.nonce, claim.hotkey, receiver, claim.uuid,
                     claim.body_hash);
}

std::string v10_body_hash(const ScoresRequest& request) {
  return sha3(sha3(request.processing_date) + sha3(kind_name(request.kind)) +
              sha3(request.snapshot_sha256) + sha3(request.challenge));
}

ScoresRequest parse_synapse(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) throw Error(ErrorKind::usage, "the body must be a JSON object");
  Json request = Json::object();
  for (const char* name : {"processing_date", "kind", "snapshot_sha256", "challenge"}) {
    const auto found = json.find(name);
    if (found != json.end() && !found->is_null()) request[name] = *found;
  }
  return ScoresRequest::parse(request.dump(-1, ' ', true, Json::error_handler_t::replace));
}

bool V10Authenticator::make_room(std::int64_t now) {
  if (endpoints_.size() < most_endpoints_) return true;
  std::erase_if(endpoints_, [&](const auto& endpoint) { return endpoint.second.forget_at < now; });
  return endpoints_.size() < most_endpoints_;
}

std::optional<AuthFailure> V10Authenticator::verify(const V10Claim& claim, std::int64_t now) {
  const auto refuse = [](const char* reason) { return AuthFailure{401, reason}; };
  const std::string endpoint = claim.hotkey + ":" + claim.uuid;
  const auto check_nonce = [&]() -> std::optional<AuthFailure> {
    if (claim.nonce > now + kAllowedDelta) return refuse("the nonce is from the future");
    if (claim.nonce < started_ns_) return refuse("the nonce is older than this server");
    const auto found = endpoints_.find(endpoint);
    if (found != endpoints_.end() && claim.nonce <= found->second.nonce) {
      return refuse("the nonce is too old, a newer one was last processed");
    }
    if (found == endpoints_.end() && claim.nonce <= now - kAllowedDelta - claim.timeout_ns) {
      return refuse("the nonce is too old");
    }
    return std::nullopt;
  };
  {
    const std::lock_guard lock(mutex_);
    started_ns_ = std::min(started_ns_, now);  // a clock that ran ahead must not close the door
    if (auto failure = check_nonce()) return failure;
  }
  if (!bittensor::verify(claim.key, v10_message(claim, own_hotkey_), claim.signature)) {
    return refuse("the signature is not the hotkey's over this request");
  }
  const std::lock_guard lock(mutex_);
  if (auto failure = check_nonce()) return failure;  // another thread may have been faster
  if (!endpoints_.contains(endpoint) && !make_room(now)) {
    return AuthFailure{503, "too many senders at the moment; try again in some minutes"};
  }
  const auto longest = static_cast<std::int64_t>(kLongestTimeoutS * kSecond);
  endpoints_[endpoint] = {claim.nonce, claim.nonce + kAllowedDelta + longest};
  return std::nullopt;
}

V10Request v10_sign(const Keypair& sender, std::string_view receiver,
                    const std::string& receiver_ip, std::uint16_t receiver_port,
                    const ScoresRequest& request, double timeout_s, std::int64_t nonce) {
  static const std::string own_uuid = random_uuid();
  V10Claim claim;
  claim.hotkey = sender.ss58();
  claim.nonce = nonce;
  claim.uuid = own_uuid;
  claim.body_hash = v10_body_hash(request);
  V10Request made;
  made.message = v10_message(claim, receiver);
  const std::string signature = signature_text(sender.sign(made.message));
  const Json dendrite{{"ip", "127.0.0.1"},       {"version", std::stol(kVersion)},
                      {"nonce", nonce},          {"uuid", own_uuid},
                      {"hotkey", sender.ss58()}, {"signature", signature}};
  const Json axon{{"ip", receiver_ip}, {"port", receiver_port}, {"hotkey", receiver}};
  const Json body{{"dendrite", dendrite},
                  {"axon", axon},
                  {"name", kSynapseName},
                  {"timeout", timeout_s},
                  {"processing_date", request.processing_date},
                  {"kind", kind_name(request.kind)},
                  {"snapshot_sha256", request.snapshot_sha256},
                  {"challenge", request.challenge}};
  made.body = body.dump(-1, ' ', true, Json::error_handler_t::replace);
  constexpr const char* kEmptyText = "IiI=";  // base64 of "", quotes included
  made.headers = {{"name", kSynapseName},
                  {"timeout", fmt::format("{:g}", timeout_s)},
                  {"bt_header_axon_ip", receiver_ip},
                  {"bt_header_axon_port", fmt::format("{}", receiver_port)},
                  {"bt_header_axon_hotkey", std::string(receiver)},
                  {"bt_header_dendrite_ip", "127.0.0.1"},
                  {"bt_header_dendrite_version", kVersion},
                  {"bt_header_dendrite_nonce", fmt::format("{}", nonce)},
                  {"bt_header_dendrite_uuid", own_uuid},
                  {"bt_header_dendrite_hotkey", sender.ss58()},
                  {"bt_header_dendrite_signature", signature},
                  {"bt_header_input_obj_processing_date", kEmptyText},
                  {"bt_header_input_obj_kind", kEmptyText},
                  {"header_size", "0"},
                  {"total_size", "0"},
                  {"computed_body_hash", claim.body_hash},
                  {"Content-Type", "application/json"}};
  return made;
}

}  // namespace aml::bittensor
