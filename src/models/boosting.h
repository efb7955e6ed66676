#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace aml::models {

// How trees are grown on columns that are no day's features. Everything not named here is
// LightGBM's default.
struct BoostingParameters {
  const char* objective = "regression";  // or "binary"
  int leaves = 15;
  int trees = 50;
  double learning_rate = 0.1;
  std::size_t fewest_rows = 20;  // of a leaf, and at least
  double fewest_share = 0;       // this share of all
  std::uint64_t seed = 42;
};

// columns[c][row]; NaN where a value is missing.
using Columns = std::span<const std::span<const double>>;

// Trees that were taught some rows of a table. Teaching works on the caller's thread alone: the
// same input gives the same bits whatever the number of threads.
class Boosting {
 public:
  // targets[i], and where it is not empty start[i], the raw value (log-odds for binary) that the
  // trees begin from, belong to the row rows[i]. Throws Error{bad_input} with what LightGBM says.
  // REQUIRES: a row, and a column.
  Boosting(Columns columns, std::span<const std::size_t> rows, std::span<const float> targets,
           std::span<const double> start, const BoostingParameters& parameters);
  ~Boosting();
  Boosting(const Boosting&) = delete;
  Boosting& operator=(const Boosting&) = delete;

  // The sum of the trees for each of the rows, without what they began from.
  std::vector<double> raw(Columns columns, std::span<const std::size_t> rows) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace aml::models
