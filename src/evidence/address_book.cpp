#include "evidence/address_book.h"

#include <functional>
#include <limits>

namespace aml::evidence {

namespace {

constexpr std::uint32_t kEmpty = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t kFirstSlots = 1024;
constexpr int kTagShift = 32;

std::uint64_t hash_of(std::string_view address) { return std::hash<std::string_view>()(address); }

std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> kTagShift); }

}  // namespace

AddressBook::AddressBook() : slots_(kFirstSlots, Slot{0, kEmpty}) {}

std::size_t AddressBook::slot_of(std::uint64_t hash, std::string_view address) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.number == kEmpty) return at;
    if (slot.tag == tag_of(hash) && text(slot.number) == address) return at;
  }
}

void AddressBook::grow() {
  std::vector<Slot> old(slots_.size() * 2, Slot{0, kEmpty});
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (std::uint32_t number = 0; number < hashes_.size(); ++number) {
    std::size_t at = hashes_[number] & mask;
    while (slots_[at].number != kEmpty) at = (at + 1) & mask;
    slots_[at] = {tag_of(hashes_[number]), number};
  }
}

void AddressBook::number(std::span<const std::string_view> addresses,
                         std::span<std::uint32_t> numbers) {
  while ((size() + addresses.size()) * 2 > slots_.size()) grow();
  std::vector<std::uint64_t> hashes(addresses.size());
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    hashes[i] = hash_of(addresses[i]);
    __builtin_prefetch(&slots_[hashes[i] & mask]);
  }
  for (const std::uint64_t hash : hashes) {
    const Slot& slot = slots_[hash & mask];
    if (slot.number != kEmpty) __builtin_prefetch(&begins_[slot.number]);
  }
  for (const std::uint64_t hash : hashes) {
    const Slot& slot = slots_[hash & mask];
    if (slot.number != kEmpty) __builtin_prefetch(text_.data() + begins_[slot.number]);
  }
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    Slot& slot = slots_[slot_of(hashes[i], addresses[i])];
    if (slot.number == kEmpty) {
      slot = {tag_of(hashes[i]), static_cast<std::uint32_t>(size())};
      hashes_.push_back(hashes[i]);
      text_ += addresses[i];
      begins_.push_back(text_.size());
    }
    numbers[i] = slot.number;
  }
}

std::optional<std::uint32_t> AddressBook::find(std::string_view address) const {
  const std::uint32_t number = slots_[slot_of(hash_of(address), address)].number;
  return number == kEmpty ? std::nullopt : std::optional(number);
}

std::size_t AddressBook::bytes() const {
  return slots_.capacity() * sizeof(Slot) +
         (hashes_.capacity() + begins_.capacity()) * sizeof(std::uint64_t) + text_.capacity();
}

}  // namespace aml::evidence
