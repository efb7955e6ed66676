#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "flows/facts.h"

namespace aml::flows {

// What an address is known for; several at once are possible.
enum KnownCategory : std::uint8_t {
  kSanctions,
  kKnownMixer,
  kScam,
  kTheft,
  kRansomware,
  kDarknet,
  kReported,  // a report was filed on an earlier alert about it
  kOtherBad,
  kKnownExchange,
  kKnownService,
  kOtherGood,
  kKnownCategories
};
// Their names in tables and features: "sanctions", "mixer", …
inline constexpr std::array<std::string_view, kKnownCategories> kKnownNames = {
    "sanctions", "mixer",     "scam",     "theft",   "ransomware", "darknet",
    "reported",  "other_bad", "exchange", "service", "other_good"};

constexpr std::uint16_t bit(KnownCategory category) {
  return static_cast<std::uint16_t>(1u << category);
}
constexpr bool is_bad(KnownCategory category) { return category <= kOtherBad; }
inline constexpr std::uint16_t kBadCategories = bit(kKnownExchange) - 1;
inline constexpr std::uint16_t kGoodCategories =
    bit(kKnownExchange) | bit(kKnownService) | bit(kOtherGood);

// So many transfers away known addresses are looked for.
inline constexpr int kKnownHops = 3;

// Columns: of each direction (received, then paid) and each of the categories, then of bad and good
// ones together, these.
enum KnownField : std::size_t {
  kKnownShare,  // share of USD from, or to, known addresses
  kKnownDistance,
  kKnownFields
};
inline constexpr std::size_t kKnownGroups = kKnownCategories + 2;

// Shares and distances by Facts::known; missing values where it is empty. A distance is the fewest
// transfers, whatever their time, over which money came from (went to) a known address, 0 for one
// itself; nothing leads on through mixers, exchanges, bridges, contracts, services and known good
// addresses, which touch everybody. Both need the whole graph at once.
Filler prepare_known(const Question& question);

}  // namespace aml::flows
