#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "forest/explain_kernel.h"
#include "forest/forest.h"
#include "forest/quadrature.h"

namespace aml::forest {

// The part of a quadrature that one walk of the kernel treats: points [first, first + count).
struct ExplainPass {
  std::size_t first = 0;
  int count = 0;
};

// A tree made ready for the kernel.
struct ExplainPlan {
  static constexpr std::uint32_t kNone = 0xffffffff;

  // What an edge sets on the feature of its node; edge 2·node leads left, 2·node + 1 right.
  struct Edge {
    double ratio;  // share of the node's training rows that go this way
    double share;  // z: ratio times those of the same feature's edges above
    double value;  // of the leaf it leads to; 0 where it leads to a node
  };

  std::vector<ExplainNode> nodes;         // in preorder
  std::vector<std::uint32_t> splits;      // per node, a split of the SplitTable
  std::vector<std::uint32_t> same_above;  // per node, the nearest edge above on its feature; kNone
  std::vector<Edge> edges;
  Quadrature quadrature;
  std::vector<ExplainPass> passes;

  std::size_t down_factors(const ExplainPass& pass) const;
  std::size_t up_factors(const ExplainPass& pass) const;
  // The factors of a pass in the order the kernel reads them.
  // REQUIRES: down.size() == down_factors(pass), up.size() == up_factors(pass).
  void write_factors(const ExplainPass& pass, std::span<double> down, std::span<double> up) const;
};

// `splits`: per node of the tree its split; `rows_of`: per feature of the forest, its row in the
// kernel's contributions. REQUIRES: the tree has a node.
ExplainPlan make_explain_plan(const Tree& tree, std::span<const std::uint32_t> splits,
                              std::span<const std::uint32_t> rows_of);

}  // namespace aml::forest
