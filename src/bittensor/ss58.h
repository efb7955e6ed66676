#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aml::bittensor {

using PublicKey = std::array<std::uint8_t, 32>;

// The address of a key as Bittensor writes it: base58 of the network's prefix (42, any Substrate
// chain), the key and two bytes of checksum (blake2b-512 over "SS58PRE", prefix and key).
std::string ss58_encode(const PublicKey& key);

// The key of such an address, or nothing: another length, alphabet, prefix or checksum. One key has
// one address only, so addresses may be compared as text.
std::optional<PublicKey> ss58_decode(std::string_view address);

}  // namespace aml::bittensor
