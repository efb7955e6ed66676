#include "simulation/linked.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace aml::simulation {

namespace {

constexpr std::size_t kMostFlows = 300;
constexpr std::size_t kLargestGroup = 40;

// Disjoint sets of indices; each set is known by its least member.
class Sets {
 public:
  explicit Sets(std::size_t count) : parent_(count) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }
  std::size_t root(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) {
    a = root(a);
    b = root(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::size_t> parent_;
};

}  // namespace

std::vector<std::vector<std::size_t>> linked_groups(const Ledger& ledger,
                                                    const std::vector<AddressId>& addresses) {
  const auto is_busy = [&ledger](AddressId id) {
    return ledger.incoming(id).size() + ledger.outgoing(id).size() > kMostFlows;
  };
  std::unordered_map<AddressId, std::size_t> first_index;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (!is_busy(addresses[i])) first_index.try_emplace(addresses[i], i);
  }
  Sets sets(addresses.size());
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (is_busy(addresses[i])) continue;
    sets.join(i, first_index.at(addresses[i]));
    for (const std::uint32_t flow : ledger.outgoing(addresses[i])) {
      const auto found = first_index.find(ledger.flows()[flow].dest);
      if (found != first_index.end()) sets.join(i, found->second);
    }
  }
  std::vector<std::vector<std::size_t>> by_root(addresses.size());
  for (std::size_t i = 0; i < addresses.size(); ++i) by_root[sets.root(i)].push_back(i);
  std::vector<std::vector<std::size_t>> groups;
  for (const std::vector<std::size_t>& members : by_root) {
    for (std::size_t begin = 0; begin + 1 < members.size(); begin += kLargestGroup) {
      const std::size_t end = std::min(begin + kLargestGroup, members.size());
      groups.emplace_back(members.begin() + static_cast<std::ptrdiff_t>(begin),
                          members.begin() + static_cast<std::ptrdiff_t>(end));
    }
  }
  return groups;
}

}  // namespace aml::simulation
