#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "flows/address_book.h"

namespace aml::flows {

// From a few addresses to a number each, forgotten at once: what one search has seen. It is small
// enough for a processor's nearest cache, which one number for every address of a graph is not.
class SmallMap {
 public:
  SmallMap() : slots_(kFirstSlots) {}

  void clear() {
    size_ = 0;
    if (++generation_ == 0) {
      slots_.assign(slots_.size(), Slot{});
      generation_ = 1;
    }
  }
  std::size_t size() const { return size_; }

  // The address's number, or nullptr where it has none.
  std::uint32_t* find(Address address) {
    Slot& slot = slot_of(address);
    return slot.generation == generation_ ? &slot.value : nullptr;
  }
  // The address's number, which is `value` where it had none; `is_new` tells.
  std::uint32_t& insert(Address address, std::uint32_t value, bool& is_new) {
    if (size_ * 2 >= slots_.size()) grow();
    Slot& slot = slot_of(address);
    is_new = slot.generation != generation_;
    if (is_new) {
      slot = {address, generation_, value};
      ++size_;
    }
    return slot.value;
  }

 private:
  static constexpr std::size_t kFirstSlots = 256;
  struct Slot {
    Address address = 0;
    std::uint32_t generation = 0;
    std::uint32_t value = 0;
  };
  Slot& slot_of(Address address) {
    const std::size_t mask = slots_.size() - 1;
    // Addresses are numbered at random as it is, but neighbours may be asked for in turn.
    std::size_t at = (address * 0x9E3779B9u >> 8) & mask;
    while (slots_[at].generation == generation_ && slots_[at].address != address) {
      at = (at + 1) & mask;
    }
    return slots_[at];
  }
  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.generation == generation_) slot_of(slot.address) = slot;
    }
  }

  std::vector<Slot> slots_;  // a power of two, at most half of them taken
  std::uint32_t generation_ = 1;
  std::size_t size_ = 0;
};

}  // namespace aml::flows
