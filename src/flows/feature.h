#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "flows/graph.h"

namespace aml::flows {

enum class Unit {
  count,      // a whole number
  usd,        // whole numbers of 1e-4 USD
  usd_hours,  // whole numbers of 1e-4 USD · hours
  seconds,    // a whole number of seconds since 1970
  hours,      // a number, as all that follow
  share,      // 0 to 1, unless the range says otherwise
  ratio,
};
// "count", "USD", …
std::string_view name_of(Unit unit);
// Integers are exact, numbers are doubles.
constexpr bool is_integer(Unit unit) { return unit <= Unit::seconds; }

// How a feature of a period follows from those of the days in it.
enum class Merge {
  sum,
  largest,
  smallest,
  derived,  // from other features of its set, once they are merged
  global,   // it does not: it needs all transfers of the address at once
};

// One feature of an address: what it means stands beside the code that computes it.
struct Definition {
  std::string_view name;
  Unit unit;
  Merge merge;
  std::string_view range;    // "≥ 0", "0 to 1"
  std::string_view meaning;  // one line
};

// A feature of some addresses. Missing values are kMissing or NaN.
struct Column {
  const Definition* definition = nullptr;
  std::vector<std::int64_t> integers;  // of integer units
  std::vector<double> numbers;         // of the others
};
using Columns = std::vector<Column>;

// What may be chosen. Defaults are those of docs/flows.md.
struct Settings {
  // Amounts just below these are counted, in USD; just below is from 9 tenths of the limit.
  std::array<std::int64_t, 3> limits_usd{10'000, 3'000, 1'000};
  // A transfer is a service's, and stands in no pattern, where its payer makes more than
  // most_transfers within service_seconds before or after it, or its payee gets as many: what comes
  // out of an exchange is not what went in.
  std::uint32_t most_transfers = 100;
  std::uint32_t service_seconds = 24 * 3600;
  std::uint32_t fan_seconds = 24 * 3600;        // horizon of TransferPatterns' fans
  std::uint32_t scatter_seconds = 24 * 3600;    // horizon of scatter-gather
  std::uint32_t cycle_seconds = 72 * 3600;      // horizon of cycles, first transfer to last
  int longest_cycle = 6;                        // transfers, at most kLongestCycle
  std::uint32_t chain_gap_seconds = 24 * 3600;  // between two transfers of a chain
  int longest_chain = 8;                        // transfers; so many gaps are within seven days
  std::int64_t chain_percent = 80;  // of a transfer that the next one of a chain keeps at least
  // Below either, taint of an address does not pass on: dust taints its victims.
  std::int64_t taint_least_percent = 1;
  std::int64_t taint_floor_usd = 10;
  // Steps of a search from one transfer; what is beyond is not found, and counted.
  std::uint32_t most_steps = 10'000;
};

inline constexpr int kLongestCycle = 6;
// No horizon is longer.
inline constexpr std::uint32_t kLongestHorizon = 7 * 86400;
// So much before and after a slice of time it takes to find all that belongs to it.
inline std::uint32_t halo_seconds(const Settings& settings) {
  return kLongestHorizon + settings.service_seconds;
}

// What a computation did not look at.
struct Cuts {
  std::int64_t service_transfers = 0;  // Settings::most_transfers
  std::int64_t searches = 0;           // Settings::most_steps
};

struct Facts;

// What features are computed of.
struct Question {
  const Graph& graph;
  // The transfers that count; those before and after it only complete their patterns. For the
  // whole graph: all of time. Means nothing to pairs.
  Period owned{};
  int threads = 1;
  Settings settings{};
  Cuts* cuts = nullptr;          // where to tell them
  const Facts* facts = nullptr;  // for FactSets

  bool owns(const Edge& edge) const {
    return !graph.has_transfers() || owned.contains(edge.second);
  }
};

// Fills what is not derived, a row an address. The graph must live as long.
using Filler = std::function<void(std::span<const Address> addresses, Columns& columns)>;

// A family of features that are computed together.
struct FeatureSet {
  std::string_view name;
  std::string_view summary;
  std::span<const Definition> definitions;
  // Does what is done once for all addresses.
  Filler (*prepare)(const Question& question);
  // Fills what is derived.
  void (*derive)(Columns& columns);
};

// FeatureSet::prepare of a set that needs none.
template <void (*measure)(const Question&, std::span<const Address>, Columns&)>
Filler without_preparation(const Question& question) {
  return [question](std::span<const Address> addresses, Columns& columns) {
    measure(question, addresses, columns);
  };
}

// The sets that need nothing but transfers, in the order of their columns.
std::span<const FeatureSet> transfer_sets();

// Columns of the set for so many rows, with nothing in them.
Columns empty_columns(const FeatureSet& set, std::size_t rows);
// The set's features of some addresses.
Columns compute(const FeatureSet& set, const Question& question,
                std::span<const Address> addresses);
// Adds what `part` measured of another period of the same rows; derive() follows when all are
// added. Features that are Merge::global become missing.
void merge(Columns& sum, const Columns& part);

// Sums of what is not negative stop at the largest number there is, so that they do not depend on
// the order.
__extension__ using Wide = __int128;
inline std::int64_t saturated(Wide value) {
  constexpr Wide kMost = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(value < kMost ? value : kMost);
}
template <typename Integer>
Integer saturating_sum(Integer a, Integer b) {
  Integer sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<Integer>::max() : sum;
}

}  // namespace aml::flows
