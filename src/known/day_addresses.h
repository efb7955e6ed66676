#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "snapshot/snapshot.h"

// Who of a day is known, for people who look at its money: known_addresses.json of a batch.
namespace aml::known {

// What is written and read of it at most.
inline constexpr std::uint64_t kMostDayBytes = 64 << 20;

struct DayAddresses {
  std::string json{};          // docs/output.md; an address a line, by the lines' bytes
  std::int64_t addresses = 0;  // that it tells of
  std::int64_t left_out = 0;   // for which it has no room: good ones first
};

// The labels of the addresses that the day's alerts are about, or between which its money goes. Who
// is known by earlier truths alone is left out: that a report was filed is for few. Throws
// Error{bad_input} where money_flows.parquet cannot be read. REQUIRES: fill_tables() has filled the
// snapshot, which is not sealed
DayAddresses addresses_of_day(snapshot::Snapshot& snapshot, std::size_t most_bytes = kMostDayBytes);

}  // namespace aml::known
