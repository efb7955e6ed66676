#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "forest/forest.h"
#include "forest/model_input.h"

// What would have to be otherwise for a row's raw score to be below a line.
namespace aml::forest {

// One feature that takes another value.
struct Change {
  std::size_t feature = 0;
  double from = 0;
  double to = 0;        // a value that some row has
  double distance = 0;  // share of the rows between them, see Counterfactuals
};

struct Counterfactual {
  std::vector<Change> changes{};  // in the order of the features
  double distance = 0;            // sum of theirs
  double raw = 0;                 // the score then, the bits that Model::predict_raw() gives
};

struct CounterfactualFinding {
  std::optional<Counterfactual> found{};
  // Whether it is certain: that there is no nearer one, or that there is none.
  bool is_complete = true;
};

struct CounterfactualLimits {
  std::size_t most_features = 3;  // that change together
  // Of one row: times that a tree is walked. Counted, so that the same bits come whatever the
  // machine; some 100 ns each.
  std::uint64_t most_walks = 10'000'000;
};

// Finds the nearest changes for rows of one input: those of the fewest features, among these the
// ones of the smallest distance, among equal ones the first by feature and value. A feature moves
// to values that other rows have, all else staying as it is. Its distance is the difference of the
// shares of rows with at most that value (of the rows in which it is not missing): how far it moves
// through the rows, in percentiles.
// Never moved are features that may not, that are missing in the row, and of which the forest asks
// categories or takes zero for missing.
class Counterfactuals {
 public:
  // Both outlive this. REQUIRES: one flag per feature.
  Counterfactuals(const Forest& forest, const ModelInput& input, std::vector<bool> may_move);

  // May be called from any thread. `below`: the raw score must become less than that.
  CounterfactualFinding find(std::size_t row, double below,
                             const CounterfactualLimits& limits = {}) const;

 private:
  class Search;
  // The values of a feature, each once, and how many rows have at most that.
  struct Values {
    std::vector<double> values{};
    std::vector<std::size_t> at_most{};
    std::vector<double> thresholds{};  // of the forest, ascending, each once
    std::vector<std::size_t> trees{};  // that ask for it, ascending
  };
  struct Candidate {
    double value = 0;
    double distance = 0;
  };
  std::vector<Candidate> candidates(std::size_t feature, double from) const;

  const Forest& forest_;
  const ModelInput& input_;
  std::vector<Values> features_;  // empty of those that never move
};

}  // namespace aml::forest
