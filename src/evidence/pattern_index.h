#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "evidence/known_addresses.h"
#include "flows/graph.h"
#include "flows/pattern_list.h"

namespace aml::evidence {

// Patterns of a day that are looked through, the first ones by type and time; of an address the
// largest are shown, and of a pattern so many addresses.
inline constexpr std::size_t kMostPatterns = 100'000;
inline constexpr std::size_t kShownPatterns = 8;
inline constexpr std::size_t kShownAddresses = 24;

// In which patterns of money each address of a day stands (docs/flows.md).
class PatternIndex {
 public:
  PatternIndex(const flows::Graph& graph, int threads);

  std::size_t bytes() const { return bytes_; }
  // The largest patterns of the address, by USD, as a JSON array; docs/api.md describes its
  // objects. The addresses that it names are added to `mentions`.
  std::string patterns_of(const std::string& address, KnownMentions& mentions) const;

 private:
  struct Shown {
    flows::PatternType type = flows::PatternType::cycle;
    std::vector<std::string> addresses;  // the first ones, along its ways
    std::int64_t address_count = 0;
    std::int64_t transfers = 0;
    std::int64_t amount = 0;  // in 1e-4 USD
    std::int64_t first_second = 0;
    std::int64_t last_second = 0;
  };
  void add(const flows::Graph& graph, const flows::Pattern& pattern);
  void arrange();

  std::vector<Shown> patterns_;
  std::unordered_map<std::string, std::vector<std::uint32_t>> by_address_;
  std::size_t bytes_ = 0;
};

}  // namespace aml::evidence
