#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <vector>

#include "flows/feature.h"

namespace aml::flows {

// What an address is known to be; several at once are possible.
enum Kind : std::uint8_t {
  kMixer,
  kExchange,
  kBridge,
  kContract,
  kNew,
  kDormant,
  kService,
  kKinds
};
constexpr std::uint8_t bit(Kind kind) { return static_cast<std::uint8_t>(1u << kind); }
// What comes out of these is not what went in: taint ends with them.
inline constexpr std::uint8_t kTerminalKinds =
    bit(kMixer) | bit(kExchange) | bit(kBridge) | bit(kContract);

inline constexpr std::uint32_t kNoCommunity = std::numeric_limits<std::uint32_t>::max();
// Percentiles and shares are whole numbers of 1e-9, so that sums do not depend on their order.
inline constexpr std::int64_t kWhole = 1'000'000'000;

// A quantity of addresses that is asked of their counterparties.
struct Quantity {
  std::string name;     // "pagerank"
  std::string meaning;  // "centrality by PageRank"
  // By address: percentile among the day's addresses in 1e-9, 0 to kWhole; -1: not known.
  std::vector<std::int32_t> percentiles;
};

// What is known of addresses besides their transfers, by number. Empty lists: nothing.
struct Facts {
  std::vector<std::uint8_t> kinds;         // bits of Kind, without kService
  std::vector<std::uint32_t> alerts;       // about the address
  std::vector<std::uint32_t> communities;  // or kNoCommunity
  std::vector<std::uint16_t> known;        // bits of KnownCategory (known.h)
  std::vector<Quantity> quantities;
};

// The sets that need facts, and the names of their features, which depend on the quantities. The
// sets point into the object. Each reads Question::facts, which must be those it was made of.
class FactSets {
 public:
  explicit FactSets(const Facts& facts);
  FactSets(const FactSets&) = delete;
  FactSets& operator=(const FactSets&) = delete;
  std::span<const FeatureSet> sets() const { return sets_; }

 private:
  Definition define(const std::string& name, Unit unit, const char* range,
                    const std::string& meaning);
  void define_known();

  std::deque<std::string> texts_;
  std::vector<Definition> neighbors_;
  std::vector<Definition> alerts_;
  std::vector<Definition> community_;
  std::vector<Definition> exposure_;
  std::vector<Definition> known_;
  std::vector<FeatureSet> sets_;
};

}  // namespace aml::flows
