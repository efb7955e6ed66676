#include "bittensor/keypair.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/hex.h"
#include "bittensor/sr25519/sr25519.h"

namespace aml::bittensor {

namespace {

// The seed of Substrate's development phrase, "bottom drive obey lake curtain smoke basket hold
// race lonely fit walk".
constexpr std::string_view kDevSeed =
    "fac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e";

const std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

std::optional<PublicKey> public_of(const SecretBytes<64>& secret) {
  PublicKey key;
  if (aml_sr25519_public(secret.data(), key.data()) == 0) return std::nullopt;
  return key;
}

// A junction's chain code: a number as 8 little-endian bytes, a name as SCALE writes it (its length
// first), both padded with zeros.
std::array<std::uint8_t, 32> junction(std::string_view name) {
  std::array<std::uint8_t, 32> code{};
  const bool number =
      !name.empty() && name.size() < 19 &&
      std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (number) {
    std::uint64_t value = std::stoull(std::string(name));
    for (std::size_t i = 0; i < 8; ++i, value >>= 8) code[i] = static_cast<std::uint8_t>(value);
    return code;
  }
  if (name.empty() || name.size() > 31 || name.find('/') != std::string_view::npos) {
    throw Error(ErrorKind::usage, "a development key is written //NAME, as in //Alice");
  }
  code[0] = static_cast<std::uint8_t>(name.size() << 2);
  std::copy(name.begin(), name.end(), code.begin() + 1);
  return code;
}

}  // namespace

Keypair::Keypair(const SecretBytes<64>& secret) : secret_(secret) {
  const auto key = public_of(secret);
  if (!key) throw Error(ErrorKind::bad_input, "these bytes are no sr25519 secret key");
  public_ = *key;
  ss58_ = ss58_encode(public_);
}

Keypair Keypair::from_seed(const SecretBytes<32>& seed) {
  SecretBytes<64> secret;
  aml_sr25519_expand(seed.data(), secret.data());  // any 32 bytes are a seed
  return Keypair(secret);
}

Keypair Keypair::from_secret(const SecretBytes<64>& secret, const PublicKey& expected) {
  if (public_of(secret) == expected) return Keypair(secret);
  SecretBytes<64> other;
  if (aml_sr25519_from_ed25519(secret.data(), other.data()) == 1 && public_of(other) == expected) {
    return Keypair(other);
  }
  throw Error(ErrorKind::bad_input, "the private key is not that of the public key beside it");
}

Signature Keypair::sign(std::string_view message) const {
  Signature signature;
  if (aml_sr25519_sign(secret_.data(), public_.data(), bytes_of(message), message.size(),
                       signature.data()) == 0) {
    throw Error(ErrorKind::internal, "the key cannot sign");
  }
  return signature;
}

SecretBytes<32> dev_seed(std::string_view uri) {
  SecretBytes<32> seed;
  from_hex(kDevSeed, {seed.data(), seed.size()});
  if (!uri.starts_with("//")) junction("");
  while (!uri.empty()) {
    uri.remove_prefix(2);
    const std::size_t end = std::min(uri.find("//"), uri.size());
    SecretBytes<32> child;
    aml_sr25519_derive(seed.data(), junction(uri.substr(0, end)).data(), child.data());
    seed = child;
    uri.remove_prefix(end);
  }
  return seed;
}

bool verify(const PublicKey& key, std::string_view message, const Signature& signature) {
  return aml_sr25519_verify(key.data(), bytes_of(message), message.size(), signature.data()) == 1;
}

std::string signature_text(const Signature& signature) { return "0x" + to_hex(signature); }

}  // namespace aml::bittensor
