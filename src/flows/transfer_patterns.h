#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "flows/feature.h"

namespace aml::flows {

// The patterns of one transfer as IBM's Graph Feature Preprocessor (Snap ML, arXiv 2402.08593)
// gives them when it sees transfers one by one: those that the transfer completes, by size. Sizes
// go from 2 to 6; the last one of scatter-gathers is 6 and more.
struct TransferPatterns {
  static constexpr std::size_t kSizes = 5;
  using Sizes = std::array<std::uint32_t, kSizes>;

  // Within Settings::fan_seconds up to it, not that long ago: transfers to its dest, their sources,
  // transfers of its source, their dests.
  std::uint32_t degree_in = 0;
  std::uint32_t fan_in = 0;
  std::uint32_t degree_out = 0;
  std::uint32_t fan_out = 0;
  Sizes scatter_gathers{};
  Sizes temporal_cycles{};
  Sizes simple_cycles{};

  friend bool operator==(const TransferPatterns&, const TransferPatterns&) = default;
};

// Which of them to look for.
struct TransferPatternChoice {
  bool fans = true;
  bool scatter_gathers = true;
  bool temporal_cycles = true;
  bool simple_cycles = true;
};

// By edge. REQUIRES: has_transfers(). Services are not taken out: without_services() does.
std::vector<TransferPatterns> transfer_patterns(const Question& question,
                                                const TransferPatternChoice& choice = {});

}  // namespace aml::flows
