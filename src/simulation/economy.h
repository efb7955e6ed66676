#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/date.h"
#include "simulation/flow.h"
#include "simulation/habits.h"
#include "simulation/random.h"

namespace aml::simulation {

// What an address is for. Nobody who reads a snapshot is told.
enum class Role : std::uint8_t {
  retail,        // a person's wallet
  deposit,       // an exchange's address for one customer: what arrives is swept to the hot wallet
  exchange,      // an exchange's hot wallet
  merchant,      //
  employer,      // pays wages
  market_maker,  // moves stock between exchanges
  mixer,         // pools coins and gives others back
  gambling,      //
  contract,      // a swap or a bridge: what goes in comes out as another asset
  staged,        // made for one scheme or one look-alike, see typologies/typology.h
};
inline constexpr std::size_t kRoleCount = 10;

// Consecutive address ids.
struct IdRange {
  AddressId begin = 0;
  AddressId end = 0;
  AddressId size() const { return end - begin; }
  bool contains(AddressId id) const { return id >= begin && id < end; }
};

// The people and services of one simulated day's window: who exists, how they live, who launders.
// Whoever has a standing role is the same on every day of one seed; staged addresses are new each
// day.
class Economy {
 public:
  // REQUIRES: address_count >= 200.
  Economy(AddressId address_count, std::uint64_t seed, Date processing_date, Habits habits = {});

  const Habits& habits() const { return habits_; }

  AddressId size() const { return size_; }
  const IdRange& ids(Role role) const { return ranges_[static_cast<std::size_t>(role)]; }
  Role role(AddressId id) const;
  AddressId any(Role role, Random& random) const;
  // A number for network.h to spell.
  std::uint64_t address_number(AddressId id) const;

  // Addresses that no scheme has used yet. Two shelves, so that the look-alikes cannot starve the
  // launderers nor the other way round.
  std::size_t unstaged(bool laundering) const;
  AddressId stage(bool laundering);

  // The truth: controlled by somebody who launders money in this window.
  void mark_laundering(AddressId id) { laundering_[id] = 1; }
  bool is_laundering(AddressId id) const { return laundering_[id] != 0; }

  // Traits, each a function of the seed and the address alone.
  double wealth(AddressId id) const;                       // 1 is the median
  double activity(AddressId id) const;                     // how often it acts; 1 is the median
  double hours_from_utc(AddressId id) const;               // 0 … 24
  AddressId contact(AddressId id, Random& random) const;   // a friend, relative or colleague
  AddressId merchant(AddressId id, Random& random) const;  // a shop it goes to
  AddressId exchange(AddressId id) const;                  // its exchange's hot wallet
  // Its address at that exchange, or the hot wallet where it has none. For a deposit address: the
  // exchange that sweeps it.
  AddressId deposit(AddressId id) const;

  // What the chain knew before the window. `fresh` is how likely an address of a scheme is new.
  void set_fresh(AddressId id, double fresh) { fresh_[id] = static_cast<float>(fresh); }
  bool is_new(AddressId id) const;
  bool is_dormant(AddressId id) const;

 private:
  std::uint64_t trait(AddressId id, std::uint64_t which) const;

  Habits habits_;
  AddressId size_;
  std::uint64_t seed_;
  std::uint64_t day_;
  std::array<IdRange, kRoleCount> ranges_{};
  IdRange innocent_stage_;
  IdRange laundering_stage_;
  std::vector<std::uint8_t> laundering_;
  std::vector<float> fresh_;
};

}  // namespace aml::simulation
