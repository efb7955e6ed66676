#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "simulation/flow.h"

namespace aml::simulation {

// An asset and how often it is what a transfer moves.
struct Asset {
  std::string symbol;
  double share;
};

// How a chain looks from outside: the spelling of its addresses and hashes, its assets, the rhythm
// of its blocks.
class Network {
 public:
  // "bitcoin", "ethereum" and its kin are spelled as they are; any other name of small letters,
  // digits, - and _ becomes a Substrate-like chain with its own coin. Throws Error{usage} for a
  // name that could not stand in a path.
  Network(const std::string& name, std::uint64_t seed);

  const std::string& name() const { return name_; }
  std::span<const Asset> assets() const { return assets_; }

  // Looks like an address of the network, and differs for every number. Nobody has its key.
  std::string address(std::uint64_t number) const;
  // The hash of the index-th transaction of the window that begins then.
  std::string transaction_hash(std::int64_t window_begin_ms, std::size_t index) const;
  std::uint64_t block_number(std::int64_t time_ms) const;

 private:
  enum class Spelling { bech32, hex, base58 };

  std::string name_;
  std::uint64_t seed_;
  Spelling spelling_;
  std::vector<Asset> assets_;
  std::int64_t block_ms_;
  std::int64_t genesis_ms_;
};

}  // namespace aml::simulation
