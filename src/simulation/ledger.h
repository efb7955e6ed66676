#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "simulation/flow.h"

namespace aml::simulation {

// Lists of numbers by address, back to back in one array.
template <typename T>
struct Lists {
  std::vector<std::size_t> begins;  // one more than there are addresses
  std::vector<T> values;

  std::span<const T> of(AddressId id) const {
    return {values.data() + begins[id], begins[id + 1] - begins[id]};
  }
  std::size_t addresses() const { return begins.size() - 1; }
};

// All flows of a window in order of time, and each address's own.
class Ledger {
 public:
  Ledger(std::vector<Flow> flows, AddressId address_count);

  const std::vector<Flow>& flows() const { return flows_; }
  AddressId address_count() const { return static_cast<AddressId>(in_.addresses()); }
  // Indices into flows(), ascending.
  std::span<const std::uint32_t> incoming(AddressId id) const { return in_.of(id); }
  std::span<const std::uint32_t> outgoing(AddressId id) const { return out_.of(id); }

 private:
  std::vector<Flow> flows_;
  Lists<std::uint32_t> in_;
  Lists<std::uint32_t> out_;
};

}  // namespace aml::simulation
