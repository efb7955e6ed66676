#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "validation/public_columns.h"

namespace aml::validation {

// A day whose truth was public before the deadline of the day that is scored. Both by alert number;
// labels are 1, 0, or -1 where unknown.
struct TaughtDay {
  const PublicColumns* columns = nullptr;
  std::span<const int> labels;
};

// q, what anyone has: the public columns stacked by a logistic regression on their smooth functions
// and by trees boosted from there (Friedman 2001), so that what any smooth or stepwise function of
// them tells of the truth is in it. A score must add to it to be paid.
class ReferenceStack {
 public:
  // Learns from days that have columns of one kind. Days without labels of both classes together
  // teach nothing: is_taught() is false then. The same input gives the same bits whatever the
  // number of threads.
  ReferenceStack(std::span<const TaughtDay> days, std::uint64_t seed);
  ~ReferenceStack();
  ReferenceStack(const ReferenceStack&) = delete;
  ReferenceStack& operator=(const ReferenceStack&) = delete;

  bool is_taught() const { return state_ != nullptr; }
  // Log-odds of each alert. REQUIRES: is_taught().
  std::vector<double> log_odds(const PublicColumns& columns) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// q where no truth was public: the log-odds of the stock model's scores.
std::vector<double> untaught_log_odds(std::span<const double> stock_scores);

}  // namespace aml::validation
