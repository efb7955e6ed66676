#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/database.h"
#include "flows/address_book.h"
#include "snapshot/snapshot.h"

namespace aml::evidence {

// All transfers from one address to another, summed up.
struct Flow {
  std::uint32_t source = 0;  // numbers of addresses in the index
  std::uint32_t dest = 0;
  std::uint32_t transfers = 0;
  std::uint32_t first_second = 0;  // since 1970; 0: the input does not say
  std::uint32_t last_second = 0;
  std::int64_t amount = 0;  // in 1e-4 USD
};

// The sum of two numbers that are not negative, or the largest number there is.
template <typename Integer>
Integer saturating_sum(Integer a, Integer b) {
  Integer sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<Integer>::max() : sum;
}

// The size of money_flows.parquet in bytes. Throws as snapshot::data_files().
std::uint64_t flow_file_bytes(const snapshot::Snapshot& input);

// A day's money flows in memory, to answer in microseconds what a search of the Parquet file
// answers in seconds. About 36 bytes per pair of addresses that deal with each other, and 80 per
// address.
class FlowIndex {
 public:
  // Reads money_flows.parquet in either of its forms. Throws Error{bad_input} that names the file
  // where it is damaged or lacks a column, Error{unavailable} where it has so many rows that
  // building would take more than `max_bytes`. REQUIRES: the input has flows
  FlowIndex(snapshot::Snapshot& input, std::size_t max_bytes);
  // Of flows in any order; sums up those that share both ends.
  FlowIndex(const std::vector<std::string>& addresses, std::vector<Flow> flows);

  std::size_t bytes() const;
  // The number of an address, or nothing where it neither pays nor is paid.
  std::optional<std::uint32_t> find(std::string_view address) const {
    return addresses_.find(address);
  }
  std::string_view address(std::uint32_t number) const { return addresses_.text(number); }

  // By dest. A flow of an address to itself is in both.
  std::span<const Flow> outgoing(std::uint32_t address) const;
  // By source; positions in flows().
  std::span<const std::uint32_t> incoming(std::uint32_t address) const;
  const std::vector<Flow>& flows() const { return flows_; }

 private:
  void add(const Chunk& chunk);
  void arrange();

  flows::AddressBook addresses_;
  std::vector<Flow> flows_;  // by source, then dest
  std::vector<std::uint32_t> outgoing_begin_;
  std::vector<std::uint32_t> incoming_begin_;
  std::vector<std::uint32_t> incoming_;
};

}  // namespace aml::evidence
