#include "bittensor/ss58.h"

#include <openssl/evp.h>

#include <algorithm>
#include <span>

#include "base/error.h"

namespace aml::bittensor {

namespace {

constexpr std::string_view kAlphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::uint8_t kPrefix = 42;
constexpr std::size_t kBytes = 1 + 32 + 2;
// 35 bytes that begin with 42 have 48 digits (58^47 < 42·256^34 < 58^48), and never a leading zero.
constexpr std::size_t kDigits = 48;

using Raw = std::array<std::uint8_t, kBytes>;

std::array<std::uint8_t, 2> checksum(const Raw& raw) {
  constexpr std::string_view kDomain = "SS58PRE";
  std::array<std::uint8_t, kDomain.size() + 33> text{};
  std::copy(kDomain.begin(), kDomain.end(), text.begin());
  std::copy_n(raw.begin(), 33, text.begin() + kDomain.size());
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  static const EVP_MD* const blake = EVP_blake2b512();
  if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, blake, nullptr) != 1) {
    throw Error(ErrorKind::internal, "OpenSSL refuses to make a blake2b digest");
  }
  return {digest[0], digest[1]};
}

}  // namespace

std::string ss58_encode(const PublicKey& key) {
  Raw raw{kPrefix};
  std::copy(key.begin(), key.end(), raw.begin() + 1);
  const auto check = checksum(raw);
  std::copy(check.begin(), check.end(), raw.begin() + 33);
  std::string text(kDigits, kAlphabet[0]);
  for (std::size_t i = kDigits; i-- > 0;) {  // long division by 58, the last digit first
    unsigned remainder = 0;
    for (std::uint8_t& byte : raw) {
      const unsigned value = remainder << 8 | byte;
      byte = static_cast<std::uint8_t>(value / 58);
      remainder = value % 58;
    }
    text[i] = kAlphabet[remainder];
  }
  return text;
}

std::optional<PublicKey> ss58_decode(std::string_view address) {
  if (address.size() != kDigits) return std::nullopt;
  Raw raw{};
  for (const char c : address) {
    const std::size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    unsigned carry = static_cast<unsigned>(digit);
    for (std::size_t i = kBytes; i-- > 0;) {
      carry += 58u * raw[i];
      raw[i] = static_cast<std::uint8_t>(carry & 255);
      carry >>= 8;
    }
    if (carry != 0) return std::nullopt;
  }
  const auto check = checksum(raw);
  if (raw[0] != kPrefix || raw[33] != check[0] || raw[34] != check[1]) return std::nullopt;
  PublicKey key;
  std::copy_n(raw.begin() + 1, key.size(), key.begin());
  return key;
}

}  // namespace aml::bittensor
