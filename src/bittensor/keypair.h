#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "bittensor/secret.h"
#include "bittensor/ss58.h"

namespace aml::bittensor {

using Signature = std::array<std::uint8_t, 64>;

// The seed of a development key: hard junctions of Substrate's development phrase, "//Alice".
// Throws Error{usage} for other text.
SecretBytes<32> dev_seed(std::string_view uri);

// An sr25519 key that can sign, as a hotkey does. The secret is wiped when the object goes.
class Keypair {
 public:
  // The key of a 32-byte seed ("secretSeed" of a key file).
  static Keypair from_seed(const SecretBytes<32>& seed);
  // The key of a 64-byte secret ("privateKey" of a key file), in either form that wallets write: as
  // schnorrkel keeps it, or with its scalar times eight as ed25519 does. `expected` tells which.
  // Throws Error{bad_input} where neither form gives that public key.
  static Keypair from_secret(const SecretBytes<64>& secret, const PublicKey& expected);
  // The development keys that every Substrate tool knows: "//Alice", "//Bob", "//miner//1". Not
  // secret. Throws Error{usage} for other text.
  static Keypair from_dev_uri(std::string_view uri) { return from_seed(dev_seed(uri)); }

  const PublicKey& public_key() const { return public_; }
  const std::string& ss58() const { return ss58_; }
  // A signature in the context "substrate". Two signatures of one message differ.
  // May be called from any thread.
  Signature sign(std::string_view message) const;

 private:
  explicit Keypair(const SecretBytes<64>& secret);

  SecretBytes<64> secret_;
  PublicKey public_{};
  std::string ss58_;
};

// Whether the holder of the key signed the message. False too for what is no key at all.
bool verify(const PublicKey& key, std::string_view message, const Signature& signature);

// "0x" and 128 lowercase digits.
std::string signature_text(const Signature& signature);

}  // namespace aml::bittensor
