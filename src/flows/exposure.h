#pragma once

#include <cstdint>

#include "flows/facts.h"

namespace aml::flows {

// Columns: of each direction (received, then paid) and kind, these;
enum ExposureField : std::size_t {
  kDirectShare,          // share of USD from, or to, addresses of the kind
  kDirectTransferShare,  // share of transfers
  kIndirectShare,  // share of USD that addresses of no terminal kind got from, or paid to, such
                   // ones
  kExposureFields
};
// then of each direction these;
inline constexpr std::size_t kTaintHops = 3;
// then one PageRank of each direction.
inline constexpr std::size_t kExposureColumns = 2 * kKinds * kExposureFields + 2 * kTaintHops + 2;

// Exposure to kinds of addresses, haircut taint (Möser, Böhme, Breuker 2014) by mixers over up to
// three hops, and personalised PageRank (Haveliwala 2002) from mixers. All three need the whole
// graph at once. Of pairs, an edge counts as its transfers.
Filler prepare_exposure(const Question& question);

// Of the USD that an address received (or with `paid`, paid), the share that comes from (goes to)
// mixers over up to `hops` transfers, by address, in kWhole: haircut, each address's money is mixed
// in equal parts. Nothing passes through terminal kinds, nor through an address of which less than
// Settings::taint_least_percent, or less than Settings::taint_floor_usd, is tainted.
std::vector<std::uint32_t> taint(const Question& question, bool paid, std::size_t hops);

// Walks of mixer_rank(), for whoever else takes them: what all mixers together begin with, the
// least that is followed from an address, rounds, and the percent that goes on.
inline constexpr std::uint64_t kWalkAll = std::uint64_t{1} << 50;
inline constexpr std::uint64_t kWalkLeast = std::uint64_t{1} << 20;
inline constexpr int kWalkRounds = 8;
inline constexpr std::uint64_t kWalkFollowPercent = 85;

// Rank of each address when a walk begins at a random mixer, follows money (or with `backwards`
// goes against it) in proportion to USD, and begins anew with probability 0.15, in 2^-50; 8 rounds.
// What is below 2^-30 at an address is not followed; nor is what reaches a terminal kind.
std::vector<std::uint64_t> mixer_rank(const Question& question, bool backwards);

}  // namespace aml::flows
