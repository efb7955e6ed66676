#include "flows/graph.h"

#include <algorithm>

namespace aml::flows {

Address Graph::source(EdgeId id) const {
  const auto after = std::upper_bound(outgoing_begin_.begin(), outgoing_begin_.end(), id);
  return static_cast<Address>(after - outgoing_begin_.begin() - 1);
}

Graph Graph::within(Period period) const {
  std::vector<bool> kept(edges());
  for (EdgeId id = 0; id < edges(); ++id) {
    if (has_transfers()) {
      kept[id] = period.contains(outgoing_[id].second);
    } else {
      kept[id] = last_seconds_[id] == 0 ||
                 (last_seconds_[id] >= period.begin && outgoing_[id].second < period.end);
    }
  }
  return with_edges(kept);
}

Graph Graph::with_edges(const std::vector<bool>& kept) const {
  Graph part;
  part.book_ = book_;
  part.counts_ = counts_;
  part.is_pairs_ = is_pairs_;
  const auto count = static_cast<std::size_t>(std::count(kept.begin(), kept.end(), true));
  part.outgoing_.reserve(count);
  part.incoming_.reserve(count);
  part.incoming_ids_.reserve(count);
  part.outgoing_begin_.reserve(outgoing_begin_.size());
  part.incoming_begin_.reserve(incoming_begin_.size());
  std::vector<EdgeId> renumbered(edges());
  for (Address address = 0; address < addresses(); ++address) {
    for (EdgeId id = outgoing_begin_[address]; id < outgoing_begin_[address + 1]; ++id) {
      if (!kept[id]) continue;
      renumbered[id] = static_cast<EdgeId>(part.outgoing_.size());
      part.outgoing_.push_back(outgoing_[id]);
      if (!marks_.empty()) part.marks_.push_back(marks_[id]);
      if (is_pairs_) {
        part.transfers_.push_back(transfers_[id]);
        part.last_seconds_.push_back(last_seconds_[id]);
      }
    }
    part.outgoing_begin_.push_back(static_cast<std::uint32_t>(part.outgoing_.size()));
  }
  for (Address address = 0; address < addresses(); ++address) {
    for (std::uint32_t at = incoming_begin_[address]; at < incoming_begin_[address + 1]; ++at) {
      if (!kept[incoming_ids_[at]]) continue;
      part.incoming_.push_back(incoming_[at]);
      part.incoming_ids_.push_back(renumbered[incoming_ids_[at]]);
    }
    part.incoming_begin_.push_back(static_cast<std::uint32_t>(part.incoming_.size()));
  }
  return part;
}

Period Graph::span() const {
  Period span{std::numeric_limits<std::uint32_t>::max(), 0};
  for (EdgeId id = 0; id < edges(); ++id) {
    if (outgoing_[id].second != 0) span.begin = std::min(span.begin, outgoing_[id].second);
    if (last_second(id) != 0) span.end = std::max(span.end, last_second(id));
  }
  if (span.end == 0) return {0, 0};
  span.end += span.end < std::numeric_limits<std::uint32_t>::max();
  return span;
}

std::size_t Graph::bytes() const {
  return book_->bytes() + (outgoing_.capacity() + incoming_.capacity()) * sizeof(Edge) +
         (outgoing_begin_.capacity() + incoming_begin_.capacity() + incoming_ids_.capacity() +
          transfers_.capacity() + last_seconds_.capacity()) *
             sizeof(std::uint32_t) +
         marks_.capacity();
}

}  // namespace aml::flows
