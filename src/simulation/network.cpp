#include "simulation/network.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "base/error.h"
#include "simulation/random.h"

namespace aml::simulation {

namespace {

constexpr std::string_view kBech32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

constexpr std::uint64_t kAddressStream = 1;
constexpr std::uint64_t kHashStream = 2;

bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

bool is_ethereum_kin(const std::string& name) {
  constexpr std::string_view kKin[] = {"ethereum", "base",     "polygon",
                                       "bsc",      "arbitrum", "optimism"};
  return std::find(std::begin(kKin), std::end(kKin), name) != std::end(kKin);
}

// The ticker of a chain that is not known by name: its own name in capitals.
std::string ticker(const std::string& name) {
  std::string result = name.substr(0, 6);
  for (char& c : result) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

// `length` letters of `alphabet` drawn from `key`.
std::string spell(std::string prefix, std::size_t length, std::string_view alphabet,
                  std::uint64_t key) {
  std::uint64_t letters = 0;
  for (std::size_t i = 0; i < length; ++i) {
    // 64 bits hold at least eight letters of any alphabet here.
    if (i % 8 == 0) letters = key = mix(key);
    prefix += alphabet[letters % alphabet.size()];
    letters /= alphabet.size();
  }
  return prefix;
}

}  // namespace

Network::Network(const std::string& name, std::uint64_t seed) : name_(name), seed_(mix(seed)) {
  if (!is_name(name)) {
    throw Error(ErrorKind::usage, "--network \"" + name +
                                      "\" is no network's name: use small letters, digits, - and "
                                      "_, such as bitcoin");
  }
  if (name == "bitcoin") {
    spelling_ = Spelling::bech32;
    assets_ = {{"BTC", 1.0}};
    block_ms_ = 10 * kMsPerMinute;
    genesis_ms_ = 1'231'006'505'000;
  } else if (is_ethereum_kin(name)) {
    spelling_ = Spelling::hex;
    assets_ = {{"ETH", 0.42}, {"USDT", 0.28}, {"USDC", 0.18}, {"WETH", 0.08}, {"DAI", 0.04}};
    block_ms_ = 12'000;
    genesis_ms_ = 1'438'269'973'000;
  } else {
    spelling_ = Spelling::base58;
    assets_ = {{ticker(name), 0.85}, {"USDT", 0.15}};
    block_ms_ = 8'000;
    genesis_ms_ = 1'577'836'800'000;
  }
}

std::string Network::address(std::uint64_t number) const {
  const std::uint64_t key = mix({seed_, kAddressStream, number});
  switch (spelling_) {
    case Spelling::bech32:
      return spell("bc1q", 38, kBech32, key);
    case Spelling::hex:
      return spell("0x", 40, kHex, key);
    case Spelling::base58:
      break;
  }
  return spell("5", 47, kBase58, key);
}

std::string Network::transaction_hash(std::int64_t window_begin_ms, std::size_t index) const {
  const std::uint64_t key =
      mix({seed_, kHashStream, static_cast<std::uint64_t>(window_begin_ms), index});
  return spell(spelling_ == Spelling::bech32 ? "" : "0x", 64, kHex, key);
}

std::uint64_t Network::block_number(std::int64_t time_ms) const {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, time_ms - genesis_ms_) / block_ms_);
}

}  // namespace aml::simulation
