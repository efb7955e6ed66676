#include "simulation/economy.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"

namespace aml::simulation {

namespace {

struct RoleShare {
  Role role;
  double share;  // of all addresses
  AddressId least;
};

// Retail is what remains.
constexpr RoleShare kShares[] = {
    {Role::deposit, 0.15, 20},    {Role::exchange, 0.00004, 2},    {Role::merchant, 0.004, 4},
    {Role::employer, 0.0015, 2},  {Role::market_maker, 0.0004, 3}, {Role::mixer, 0.00002, 2},
    {Role::gambling, 0.00005, 1}, {Role::contract, 0.0002, 1},
};
constexpr AddressId kLeastLaunderingStage = 20;

enum Trait : std::uint64_t { kWealth, kActivity, kTimezone, kContact, kMerchant, kExchange, kAge };

// Standard normal from a key, for traits that need no stream.
double normal_of(std::uint64_t key) { return Random(key).normal(); }

AddressId part(AddressId whole, double share, AddressId least) {
  return std::max(least, static_cast<AddressId>(std::llround(share * whole)));
}

}  // namespace

Economy::Economy(AddressId address_count, std::uint64_t seed, Date processing_date, Habits habits)
    : habits_(std::move(habits)),
      size_(address_count),
      seed_(mix(seed)),
      day_(static_cast<std::uint64_t>(processing_date.epoch_ms())),
      laundering_(address_count),
      fresh_(address_count, -1) {
  AddressId next = address_count;
  const auto take = [&next](AddressId count) {
    if (count >= next) throw Error(ErrorKind::internal, "the economy has no room for its services");
    next -= count;
    return IdRange{next, next + count};
  };
  laundering_stage_ = take(part(size_, habits_.laundering_share, kLeastLaunderingStage));
  innocent_stage_ = take(part(size_, habits_.look_alike_share, 1));
  ranges_[static_cast<std::size_t>(Role::staged)] = {innocent_stage_.begin, size_};
  for (const RoleShare& share : kShares) {
    ranges_[static_cast<std::size_t>(share.role)] = take(part(size_, share.share, share.least));
  }
  ranges_[static_cast<std::size_t>(Role::retail)] = {0, next};
}

Role Economy::role(AddressId id) const {
  for (std::size_t i = 0; i < kRoleCount; ++i) {
    if (ranges_[i].contains(id)) return static_cast<Role>(i);
  }
  throw Error(ErrorKind::internal, "an address has no role");
}

AddressId Economy::any(Role role, Random& random) const {
  const IdRange& range = ids(role);
  return range.begin + static_cast<AddressId>(random.below(range.size()));
}

std::uint64_t Economy::address_number(AddressId id) const {
  return ids(Role::staged).contains(id) ? mix({day_, id}) : id;
}

std::size_t Economy::unstaged(bool laundering) const {
  return (laundering ? laundering_stage_ : innocent_stage_).size();
}

AddressId Economy::stage(bool laundering) {
  IdRange& shelf = laundering ? laundering_stage_ : innocent_stage_;
  if (shelf.size() == 0) throw Error(ErrorKind::internal, "a scheme found no address to use");
  return shelf.begin++;
}

std::uint64_t Economy::trait(AddressId id, std::uint64_t which) const {
  return mix({seed_, which, address_number(id)});
}

double Economy::wealth(AddressId id) const {
  const std::uint64_t key = trait(id, kWealth);
  const double whale = unit_of(mix(key)) < 0.01 ? 40 : 1;
  return whale * std::exp(habits_.wealth_spread * normal_of(key));
}

double Economy::activity(AddressId id) const {
  return std::exp(habits_.activity_spread * normal_of(trait(id, kActivity)));
}

double Economy::hours_from_utc(AddressId id) const {
  // Three continents: the Americas, Europe and Africa, Asia.
  constexpr double kCentres[] = {18.5, 1.5, 8};
  const std::uint64_t key = trait(id, kTimezone);
  return std::fmod(kCentres[key % 3] + 24 + 3 * (unit_of(mix(key)) - 0.5), 24);
}

AddressId Economy::contact(AddressId id, Random& random) const {
  const IdRange& people = ids(Role::retail);
  const std::uint64_t circle = 3 + trait(id, kContact) % 12;
  const std::uint64_t friend_key = mix({trait(id, kContact), random.favourite(circle)});
  // Most contacts live nearby, so that friends have friends in common.
  const std::uint64_t reach =
      friend_key % 4 == 0 ? people.size() : std::min<AddressId>(people.size(), 80);
  const std::uint64_t home = people.contains(id) ? id - people.begin : friend_key % people.size();
  const auto found = static_cast<AddressId>((home + 1 + mix(friend_key) % reach) % people.size());
  return people.begin + found != id ? people.begin + found
                                    : people.begin + (found + 1) % people.size();
}

AddressId Economy::merchant(AddressId id, Random& random) const {
  const IdRange& shops = ids(Role::merchant);
  Random habit(mix({trait(id, kMerchant), random.favourite(5)}));
  return shops.begin + static_cast<AddressId>(habit.favourite(shops.size()));
}

AddressId Economy::exchange(AddressId id) const {
  const IdRange& exchanges = ids(Role::exchange);
  Random habit(trait(id, kExchange));
  return exchanges.begin + static_cast<AddressId>(habit.favourite(exchanges.size()));
}

AddressId Economy::deposit(AddressId id) const {
  const IdRange& deposits = ids(Role::deposit);
  if (deposits.contains(id)) return exchange(id - deposits.begin);
  return id < deposits.size() ? deposits.begin + id : exchange(id);
}

bool Economy::is_new(AddressId id) const {
  const double share = fresh_[id] >= 0 ? fresh_[id] : 0.15;
  return unit_of(trait(id, kAge) ^ mix(day_)) < share;
}

bool Economy::is_dormant(AddressId id) const {
  const double share = fresh_[id] >= 0 ? 0.05 : 0.02;
  return !is_new(id) && unit_of(mix(trait(id, kAge) ^ mix(day_))) < share;
}

}  // namespace aml::simulation
