#include "known/network_name.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/lower_case.h"

namespace aml::known {

namespace {

// Currencies of GraphSense's TagPacks and other names in use, and the networks that they are of.
constexpr std::array<std::pair<std::string_view, std::string_view>, 19> kNames{{
    {"btc", "bitcoin"},
    {"xbt", "bitcoin"},
    {"bitcoin", "bitcoin"},
    {"bch", "bitcoin_cash"},
    {"bitcoin_cash", "bitcoin_cash"},
    {"ltc", "litecoin"},
    {"litecoin", "litecoin"},
    {"zec", "zcash"},
    {"zcash", "zcash"},
    {"eth", "ethereum"},
    {"ethereum", "ethereum"},
    {"trx", "tron"},
    {"tron", "tron"},
    {"doge", "dogecoin"},
    {"dogecoin", "dogecoin"},
    {"sol", "solana"},
    {"solana", "solana"},
    {"tao", "bittensor"},
    {"bittensor", "bittensor"},
}};

}  // namespace

std::optional<std::string> known_network(std::string_view text) {
  const std::string small = in_lower_case(std::string(text));
  const auto* const found = std::find_if(kNames.begin(), kNames.end(),
                                         [&](const auto& name) { return name.first == small; });
  if (found == kNames.end()) return std::nullopt;
  return std::string(found->second);
}

std::string network_name(std::string_view text) {
  return known_network(text).value_or(in_lower_case(std::string(text)));
}

}  // namespace aml::known
