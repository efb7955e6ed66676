#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "flows/feature.h"

namespace aml::flows {

enum class PatternType : std::uint8_t { cycle, scatter_gather, chain, peeling };
std::string_view name_of(PatternType type);

// Transfers that belong together.
struct Pattern {
  PatternType type = PatternType::cycle;
  // Ways along transfers: who pays, who is paid and pays the next, and so on. One way, of which a
  // cycle's ends where it began; of a scatter-gather one for each address in the middle.
  std::vector<std::vector<Address>> ways;
  std::int64_t transfers = 0;
  std::int64_t amount = 0;  // USD that go out of its first address by it, in 1e-4 USD
  std::uint32_t first_second = 0;
  std::uint32_t last_second = 0;
};

// A name that depends on what the pattern is and on nothing else: 32 hexadecimal digits of the
// sha256 of type, times, amount and addresses.
std::string pattern_id(const Graph& graph, const Pattern& pattern);

struct PatternList {
  std::vector<Pattern> patterns;  // by type, first second, last second, then addresses
  std::int64_t left_out = 0;      // the last ones, of more than `most`
};

// The patterns of a graph, each once: temporal cycles of three and more transfers; of each pair of
// ends the largest scatter-gather with three and more in the middle; of each transfer that begins a
// chain, or a peeling, of three and more transfers, the longest one. `question.owned` says when
// they are complete, of chains when they begin.
PatternList list_patterns(const Question& question, std::size_t most = 1'000'000);

}  // namespace aml::flows
