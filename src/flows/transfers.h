#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What a graph of money flows is made from, and the rules of what counts as a transfer.
namespace aml::flows {

// Amounts are exact: whole numbers of 1e-4 USD.
inline constexpr std::int64_t kUnitsPerUsd = 10'000;
// The largest amount of a row, 1e11 USD; more counts as that much.
inline constexpr std::int64_t kLargestAmount = 100'000'000'000 * kUnitsPerUsd;
// Instead of an amount or a time that the file does not tell.
inline constexpr std::int64_t kMissing = std::numeric_limits<std::int64_t>::min();

// Some rows of money_flows, column by column. All columns are of one length, those that the file
// does not have are empty.
struct TransferBatch {
  std::span<const std::string_view> source;  // empty where missing; read during the call only
  std::span<const std::string_view> dest;
  std::span<const std::int64_t> amount;  // 1e-4 USD
  // Since 1970, in milliseconds or in seconds: second_of() tells them apart.
  std::span<const std::int64_t> time;
  // Of files with a row for each pair of addresses: number of transfers, and the last one's time
  // (time holds the first one's).
  std::span<const std::int64_t> transfers;
  std::span<const std::int64_t> last_time;
  // A hash of the transaction's id, the same for all its rows; 0: unknown.
  std::span<const std::uint64_t> transaction;
  // A hash of all columns of the file. Rows are duplicates where it, both ends, amount and times
  // agree. Empty: no row is a duplicate.
  std::span<const std::uint64_t> row_hash;

  std::size_t rows() const { return source.size(); }
};

// The second since 1970, or 0 where there is none that 32 bits hold. Times of 1e11 and more are
// milliseconds: as seconds they would lie beyond the year 5138, as milliseconds 1e11 is 1973.
std::uint32_t second_of(std::int64_t time);

// What became of the rows of a file. Each row is counted in one of the first seven, in this order;
// those of the first six are not in the graph.
struct LoadCounts {
  std::int64_t without_address = 0;    // one end or both are missing or empty
  std::int64_t self_transfers = 0;     // from an address to itself: nothing changes hands
  std::int64_t negative_amounts = 0;   // corrections of something that is not told
  std::int64_t without_transfers = 0;  // pairs of addresses with no transfer between them
  std::int64_t without_time = 0;       // a transfer that belongs to no window; pairs need no time
  std::int64_t duplicates = 0;         // equal to another row in every column of the file
  std::int64_t kept = 0;
  // Of those kept:
  std::int64_t unpriced = 0;  // amount missing or 0: a transfer, of unknown worth
  std::int64_t limited = 0;   // of kLargestAmount, or what was more than that
  std::int64_t out_of_order =
      0;                    // earlier than the row before it in its batch: the graph is sorted
  std::int64_t change = 0;  // Marks::change
  std::int64_t consolidation = 0;

  std::int64_t rows() const {
    return without_address + self_transfers + negative_amounts + without_transfers + without_time +
           duplicates + kept;
  }
};

// By what metadata.json and the log call them.
std::map<std::string, std::int64_t> named(const LoadCounts& counts);

// The rules as one SELECT over a table money_flows (source, dest, amount, time, the file's other
// columns): the rows that are kept, as source, dest, amount_usd (NULL where unknown), second.
// What reads a file in columns must agree with it; tests/flows/load_rules_test.cpp holds it to
// that.
std::string_view load_rules_sql();

}  // namespace aml::flows
