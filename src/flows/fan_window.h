#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "flows/feature.h"

namespace aml::flows {

// The edges of one direction in a window of time that moves forwards.
class FanWindow {
 public:
  // previous and next: place of the edge with the same counterparty before and after each one.
  FanWindow(std::span<const Edge> edges, std::span<const std::uint32_t> previous,
            std::span<const std::uint32_t> next, std::uint32_t horizon)
      : edges_(edges), previous_(previous), next_(next), horizon_(horizon) {}

  // To (second - horizon, second]. Seconds ascend.
  void move_to(std::uint32_t second) {
    while (end_ < edges_.size() && edges_[end_].second <= second) take();
    forget(second);
  }
  // To the next edge, of several at one second to the first that has not come.
  void take_next() {
    take();
    forget(edges_[end_ - 1].second);
  }
  std::int64_t counterparties() const { return counterparties_; }
  std::int64_t transfers() const { return end_ - begin_; }
  std::int64_t sum() const { return saturated(sum_); }

  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

 private:
  void take() {
    sum_ += std::max<std::int64_t>(0, edges_[end_].amount);
    const std::uint32_t before = previous_[end_];
    counterparties_ += before == kNone || before < begin_;
    ++end_;
  }
  void forget(std::uint32_t second) {
    while (begin_ < end_ && second - edges_[begin_].second >= horizon_) {
      sum_ -= std::max<std::int64_t>(0, edges_[begin_].amount);
      counterparties_ -= next_[begin_] >= end_;
      ++begin_;
    }
  }

  std::span<const Edge> edges_;
  std::span<const std::uint32_t> previous_;
  std::span<const std::uint32_t> next_;
  std::uint32_t horizon_;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
  std::int64_t counterparties_ = 0;
  Wide sum_ = 0;
};

// Where each edge's counterparty stands before and after it.
struct FanNeighbors {
  std::vector<std::uint64_t> keys;
  std::vector<std::uint32_t> previous;
  std::vector<std::uint32_t> next;

  void find(std::span<const Edge> edges) {
    previous.assign(edges.size(), FanWindow::kNone);
    next.assign(edges.size(), FanWindow::kNone);
    if (edges.size() < 2) return;
    keys.resize(edges.size());
    for (std::size_t i = 0; i < edges.size(); ++i) {
      keys[i] = std::uint64_t{edges[i].other} << 32 | i;
    }
    std::sort(keys.begin(), keys.end());
    for (std::size_t i = 1; i < keys.size(); ++i) {
      if (keys[i] >> 32 != keys[i - 1] >> 32) continue;
      const auto before = static_cast<std::uint32_t>(keys[i - 1]);
      const auto after = static_cast<std::uint32_t>(keys[i]);
      previous[after] = before;
      next[before] = after;
    }
  }
};

}  // namespace aml::flows
