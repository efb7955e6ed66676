#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aml::evidence {

// Numbers addresses in the order in which they come. A day names millions of addresses in no order,
// so each look into a table of them waits for memory; this one looks for many at a time and asks
// for the memory ahead, which a map of the standard library or of Boost cannot.
class AddressBook {
 public:
  AddressBook();

  // The numbers of the addresses; new ones get the next number. REQUIRES: numbers.size() is
  // addresses.size(), and there are fewer than 2^32 - 1 different addresses.
  void number(std::span<const std::string_view> addresses, std::span<std::uint32_t> numbers);
  // Nothing where the address was never numbered.
  std::optional<std::uint32_t> find(std::string_view address) const;

  std::size_t size() const { return hashes_.size(); }
  std::string_view text(std::uint32_t number) const {
    return std::string_view(text_).substr(begins_[number], begins_[number + 1] - begins_[number]);
  }
  std::size_t bytes() const;

 private:
  struct Slot {
    std::uint32_t tag = 0;  // the upper half of the hash, to pass over most others unread
    std::uint32_t number;   // kEmpty where there is none
  };
  // The slot that holds the address, or the empty one where it belongs.
  std::size_t slot_of(std::uint64_t hash, std::string_view address) const;
  void grow();

  std::vector<Slot> slots_;  // a power of two, at most half of them taken
  std::vector<std::uint64_t> hashes_;
  std::vector<std::uint64_t> begins_{0};  // in text_, and the end of the last one
  std::string text_;
};

}  // namespace aml::evidence
