#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace aml::flows {

// One of `count` parts of all addresses, by their hash (AddressBook::hash_of). A graph of a part
// has all transfers from and to its addresses, so that what needs an address's own transfers alone
// has the bits of the whole; of other addresses it has some.
struct AddressPart {
  std::uint32_t index = 0;  // below count
  std::uint32_t count = 1;

  bool owns(std::uint64_t hash) const { return hash % count == index; }
};

// Whether a payment to an address of the part is a consolidation depends on what its payer pays in
// that second, to whomever: a first reading of the file finds who that is and when.
class PayersOfPart {
 public:
  // A payment to an address of the part. REQUIRES: the transaction is known.
  void add(std::uint64_t source_hash, std::uint64_t dest_hash, std::uint64_t transaction,
           std::uint32_t second) {
    payments_.emplace_back(mixed(dest_hash ^ transaction, second), mixed(source_hash, second));
  }
  void add(PayersOfPart&& other) {
    payments_.insert(payments_.end(), other.payments_.begin(), other.payments_.end());
    std::vector<Payment>().swap(other.payments_);
  }
  // Keeps those with several payments of one transaction; contains() may be asked then.
  void finish();

  // True also of some others, which costs their memory and changes nothing.
  bool contains(std::uint64_t source_hash, std::uint32_t second) const {
    return !moments_.empty() &&
           std::binary_search(moments_.begin(), moments_.end(), mixed(source_hash, second));
  }

 private:
  // Transaction and payee, and payer, each with the second.
  using Payment = std::pair<std::uint64_t, std::uint64_t>;
  static std::uint64_t mixed(std::uint64_t hash, std::uint32_t second) {
    return (hash ^ second * 0x9E3779B97F4A7C15U) * 0xD6E8FEB86659FD93U;
  }

  std::vector<Payment> payments_;
  std::vector<std::uint64_t> moments_;  // ascending
};

// The rows that a graph of a part is made of.
struct PartRows {
  AddressPart part;
  PayersOfPart payers{};

  bool contains(std::uint64_t source_hash, std::uint64_t dest_hash, std::uint32_t second) const {
    return part.owns(source_hash) || part.owns(dest_hash) || payers.contains(source_hash, second);
  }
};

}  // namespace aml::flows
