#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "evidence/flow_index.h"
#include "evidence/known_addresses.h"

namespace aml::evidence {

struct TransferQuery {
  std::string address{};
  // Only those from this moment on and before that one, in ms since 1970. A row of a pair of
  // addresses counts by its first transfer; without a time it counts where nothing is left out.
  std::int64_t from = 0;
  std::int64_t to = std::numeric_limits<std::int64_t>::max();
  std::size_t offset = 0;
  std::size_t limit = 100;
  std::size_t bins = 0;  // of the timeline; 0: none
};

// The transfers of an address in order of time as a JSON object without its braces:
// "total_transfers" counts the rows that the query asks for, "transfers" holds those at `offset`,
// "timeline" what went in and out by time, in `bins` parts of equal length from the first transfer
// to the last, and in its "known" the largest of those from and to known addresses, by time.
// docs/api.md describes the members. An address without flows has none. It and all that are named
// are added to `mentions`.
std::string transfers_of(const FlowIndex& index, const TransferQuery& query,
                         KnownMentions& mentions);

// Transfers of known addresses that a timeline tells of.
inline constexpr std::size_t kMostOfKnown = 100;

}  // namespace aml::evidence
