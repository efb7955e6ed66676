#include "flows/address_book.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace aml::flows {

namespace {

constexpr Address kEmpty = std::numeric_limits<Address>::max();
constexpr int kHashBits = 64;
constexpr int kFirstBits = 10;

std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash); }

}  // namespace

AddressBook::AddressBook()
    : shift_(kHashBits - kFirstBits), slots_(std::size_t{1} << kFirstBits, Slot{0, kEmpty}) {}

std::uint64_t AddressBook::hash_of(std::string_view address) {
  return XXH3_64bits(address.data(), address.size());
}

std::size_t AddressBook::slot_of(std::uint64_t hash, std::string_view address) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = home_of(hash);; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.number == kEmpty) return at;
    if (slot.tag == tag_of(hash) && text(slot.number) == address) return at;
  }
}

void AddressBook::fill_slots() {
  const std::size_t mask = slots_.size() - 1;
  for (Address number = 0; number < hashes_.size(); ++number) {
    std::size_t at = home_of(hashes_[number]);
    while (slots_[at].number != kEmpty) at = (at + 1) & mask;
    slots_[at] = {tag_of(hashes_[number]), number};
  }
}

void AddressBook::grow() {
  slots_.assign(slots_.size() * 2, Slot{0, kEmpty});
  --shift_;
  fill_slots();
}

void AddressBook::number(std::span<const std::string_view> addresses, std::span<Address> numbers) {
  std::vector<std::uint64_t> hashes(addresses.size());
  std::transform(addresses.begin(), addresses.end(), hashes.begin(), hash_of);
  number(addresses, hashes, numbers);
}

void AddressBook::number(std::span<const std::string_view> addresses,
                         std::span<const std::uint64_t> hashes, std::span<Address> numbers) {
  if (size() + addresses.size() > kMostAddresses) {
    throw Error(ErrorKind::bad_input, "there are more addresses than 32 bits can number");
  }
  while ((size() + addresses.size()) * 2 > slots_.size()) grow();
  for (const std::uint64_t hash : hashes) __builtin_prefetch(&slots_[home_of(hash)]);
  for (const std::uint64_t hash : hashes) {
    const Slot& slot = slots_[home_of(hash)];
    if (slot.number == kEmpty) continue;
    __builtin_prefetch(&begins_[slot.number]);
    __builtin_prefetch(&sizes_[slot.number]);
  }
  for (const std::uint64_t hash : hashes) {
    const Slot& slot = slots_[home_of(hash)];
    if (slot.number == kEmpty) continue;
    const char* const text = text_.data() + begins_[slot.number];
    __builtin_prefetch(text);
    __builtin_prefetch(text + sizes_[slot.number]);
  }
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    Slot& slot = slots_[slot_of(hashes[i], addresses[i])];
    if (slot.number == kEmpty) {
      slot = {tag_of(hashes[i]), static_cast<Address>(size())};
      hashes_.push_back(hashes[i]);
      begins_.push_back(text_.size());
      sizes_.push_back(static_cast<std::uint32_t>(addresses[i].size()));
      text_ += addresses[i];
    }
    numbers[i] = slot.number;
  }
}

std::vector<Address> AddressBook::arrange() {
  // The slots hold them almost in that order.
  std::vector<std::pair<std::uint64_t, Address>> order;
  order.reserve(size());
  for (const Slot& slot : slots_) {
    if (slot.number != kEmpty) order.emplace_back(hashes_[slot.number], slot.number);
  }
  std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : text(a.second) < text(b.second);
  });
  std::vector<std::uint64_t> hashes(size());
  std::vector<std::uint64_t> begins(size());
  std::vector<std::uint32_t> sizes(size());
  std::vector<Address> renumbered(size());
  for (Address to = 0; to < order.size(); ++to) {
    const Address from = order[to].second;
    hashes[to] = order[to].first;
    begins[to] = begins_[from];
    sizes[to] = sizes_[from];
    renumbered[from] = to;
  }
  hashes_ = std::move(hashes);
  begins_ = std::move(begins);
  sizes_ = std::move(sizes);
  for (Slot& slot : slots_) {
    if (slot.number != kEmpty) slot.number = renumbered[slot.number];
  }
  return renumbered;
}

std::optional<Address> AddressBook::find(std::string_view address) const {
  const Address number = slots_[slot_of(hash_of(address), address)].number;
  return number == kEmpty ? std::nullopt : std::optional(number);
}

std::size_t AddressBook::bytes() const {
  return slots_.capacity() * sizeof(Slot) +
         (hashes_.capacity() + begins_.capacity()) * sizeof(std::uint64_t) +
         sizes_.capacity() * sizeof(std::uint32_t) + text_.capacity();
}

}  // namespace aml::flows
