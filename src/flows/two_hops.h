#pragma once

#include <cstdint>

#include "flows/graph.h"

namespace aml::flows {

// A way of two transfers: source pays middle, middle pays sink, in whatever order.
struct Way {
  Address source = 0;
  Address middle = 0;
  Address sink = 0;
  EdgeId later = 0;          // number of the later transfer
  std::uint32_t second = 0;  // its second
  std::uint32_t earlier_second = 0;
  bool gathers = false;  // the later one is paid to the sink
};

// Calls on_way(const Way&) for the ways through `middle` of two transfers no more than `horizon`
// seconds apart, in order of the later one. Of one later transfer and one far end they may be
// several.
template <typename OnWay>
void walk_ways(const Graph& graph, Address middle, std::uint32_t horizon, OnWay on_way) {
  const auto in = graph.incoming(middle);
  const auto out = graph.outgoing(middle);
  if (in.empty() || out.empty()) return;
  const auto in_ids = graph.incoming_ids(middle);
  const EdgeId first_out = graph.first_outgoing(middle);
  // Of each direction, the edges of the horizon that have come.
  std::size_t in_begin = 0;
  std::size_t in_end = 0;
  std::size_t out_begin = 0;
  std::size_t out_end = 0;
  Way way;
  way.middle = middle;
  while (in_end < in.size() || out_end < out.size()) {
    bool gathers = in_end == in.size();
    if (!gathers && out_end < out.size()) {
      gathers = out[out_end].second != in[in_end].second ? out[out_end].second < in[in_end].second
                                                         : first_out + out_end < in_ids[in_end];
    }
    const Edge& later = gathers ? out[out_end] : in[in_end];
    way.gathers = gathers;
    way.later = gathers ? first_out + static_cast<EdgeId>(out_end) : in_ids[in_end];
    way.second = later.second;
    (gathers ? way.sink : way.source) = later.other;
    gathers ? ++out_end : ++in_end;
    const std::uint32_t begin = later.second > horizon ? later.second - horizon : 0;
    while (in_begin < in_end && in[in_begin].second < begin) ++in_begin;
    while (out_begin < out_end && out[out_begin].second < begin) ++out_begin;
    const Edge* const from = gathers ? in.data() + in_begin : out.data() + out_begin;
    const Edge* const to = gathers ? in.data() + in_end : out.data() + out_end;
    for (const Edge* earlier = from; earlier < to; ++earlier) {
      if (earlier->other == later.other) continue;
      (gathers ? way.source : way.sink) = earlier->other;
      way.earlier_second = earlier->second;
      on_way(way);
    }
  }
}

}  // namespace aml::flows
