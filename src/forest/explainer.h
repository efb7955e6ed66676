#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "forest/explain_plan.h"
#include "forest/forest.h"
#include "forest/split_table.h"

namespace aml::forest {

// Exact path-dependent TreeSHAP (arXiv 1802.03888) of a forest.
//
// A leaf of value v whose path sets conditions on d features contributes, for feature i, with z the
// share of training rows that a feature's conditions let through, and o = 1 where the row meets
// them and 0 where not:
//   v·(o_i − z_i)·Σ_S |S|!(d−1−|S|)!/d!·∏_{j∈S} o_j·∏_{j∉S} z_j    (S: subsets of the others)
//   = v·(o_i − z_i)·∫_0^1 ∏_{j≠i} (o_j·t + z_j·(1−t)) dt
// because ∫ t^k (1−t)^(d−1−k) dt is that weight. The integrand is a polynomial of degree d − 1, so
// Gauss and Legendre's rule with ⌈d/2⌉ points is exact; its terms are positive, so nothing cancels.
// At one point t the product over a path is made on the way down the tree and the sum over leaves
// on the way back (Linear TreeSHAP, arXiv 2209.08192, which interpolates such polynomials instead).
class Explainer {
 public:
  // The kernel's factors are kept where they take no more than `most_kept` bytes, and otherwise
  // computed for each tile anew; the results are the same. REQUIRES: forest.explainable.
  Explainer(const Forest& forest, const SplitTable& splits,
            std::size_t most_kept = std::size_t{64} << 20);

  // contributions[row·(features + 1) + f], the last of a row the base value, for the first `rows`
  // rows of a tile. `left` is what SplitTable::decide() gave.
  void explain(std::span<const RowBits> left, std::size_t rows, InstructionSet set,
               std::span<double> contributions) const;

  // Memory of the tables that are kept from one call to the next.
  std::size_t table_bytes() const { return factors_.size() * sizeof(double); }

 private:
  std::size_t features_ = 0;
  std::vector<std::size_t> used_;  // the features that a split asks
  std::vector<ExplainPlan> trees_;
  std::size_t most_nodes_ = 0;
  // The factors of all passes, one after the other, where they are few enough to keep.
  bool keeps_factors_ = false;
  std::vector<double> factors_;
  double base_value_ = 0;  // sum of the trees' expected values
};

}  // namespace aml::forest
