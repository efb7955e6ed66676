#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aml::flows {

// An address as a number.
using Address = std::uint32_t;

// Numbers addresses. A day names millions of them in no order, so each look into a table of them
// waits for memory; this one looks for many at a time and asks for the memory ahead, which a map of
// the standard library or of Boost cannot.
class AddressBook {
 public:
  static constexpr Address kMostAddresses = std::numeric_limits<Address>::max() - 1;

  AddressBook();

  // What the order of arrange() goes by: XXH3, the same on every machine.
  static std::uint64_t hash_of(std::string_view address);

  // The numbers of the addresses; new ones get the next number. Throws Error{bad_input} for more
  // than kMostAddresses. REQUIRES: all of one size; hashes are those of the addresses.
  void number(std::span<const std::string_view> addresses, std::span<const std::uint64_t> hashes,
              std::span<Address> numbers);
  void number(std::span<const std::string_view> addresses, std::span<Address> numbers);
  // Numbers all addresses anew, ascending by hash and then by text, so that numbers compare in the
  // same way whatever else is in the book and however it was filled. Returns the new number of
  // each old one.
  std::vector<Address> arrange();
  // Nothing where the address was never numbered.
  std::optional<Address> find(std::string_view address) const;

  std::size_t size() const { return hashes_.size(); }
  std::string_view text(Address number) const {
    return std::string_view(text_).substr(begins_[number], sizes_[number]);
  }
  std::uint64_t hash(Address number) const { return hashes_[number]; }
  std::size_t bytes() const;

 private:
  struct Slot {
    std::uint32_t tag = 0;  // the lower half of the hash, to pass over most others unread
    Address number;         // kEmpty where there is none
  };
  std::size_t home_of(std::uint64_t hash) const { return hash >> shift_; }
  // The slot that holds the address, or the empty one where it belongs.
  std::size_t slot_of(std::uint64_t hash, std::string_view address) const;
  void grow();
  void fill_slots();

  int shift_;                // 64 less the number of bits of a slot's place
  std::vector<Slot> slots_;  // a power of two, at most half of them taken
  std::vector<std::uint64_t> hashes_;
  std::vector<std::uint64_t> begins_;  // in text_
  std::vector<std::uint32_t> sizes_;
  std::string text_;
};

}  // namespace aml::flows
