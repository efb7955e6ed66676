#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "flows/feature.h"

namespace aml::flows {

// Money that goes from one address to another through several.
struct ScatterGather {
  Address source = 0;
  Address sink = 0;
  std::span<const Address> middle;  // two or more; the first made it complete
  EdgeId completing = 0;            // between one end and middle[0]
  bool gathers = false;             // it is paid to the sink, not by the source
  std::uint32_t first_second = 0;   // of the transfers that fit best
};

// Finds all scatter-gathers (IBM's Graph Feature Preprocessor, arXiv 2402.08593): a source that
// pays two or more addresses, each of which pays the sink, in whatever order, all within
// Settings::scatter_seconds up to the transfer that completes it, both ends included. Each transfer
// completes one for each pair of a source and a sink; of one second those of lower numbers come
// first.
//
// Calls found for each whose completing transfer is owned, from several threads at once, for one
// pair of ends from one thread in order of time. REQUIRES: a graph without services.
void find_scatter_gathers(const Question& question,
                          const std::function<void(const ScatterGather&)>& found);

}  // namespace aml::flows
