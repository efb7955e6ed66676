#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/instruction_set.h"
#include "forest/split_table.h"

namespace aml::forest {

// An inner node as the kernel walks it; nodes of a tree are in preorder.
struct ExplainNode {
  static constexpr std::uint32_t kLeaf = 0xffffffff;
  std::uint32_t edge = 0;      // that leads here, see ExplainTile::meets
  std::uint32_t left = kLeaf;  // the child's node, or kLeaf
  std::uint32_t right = kLeaf;
  std::uint32_t feature = 0;  // row of ExplainTile::contributions
  bool repeated = false;      // the path to here has a split on the same feature
  bool parent_repeated = false;
};

// One tree and one tile of rows. The kernel adds the tree's contributions, at some points of a
// quadrature; explainer.h says which and why.
struct ExplainTile {
  std::span<const ExplainNode> nodes;
  // Per edge 2·node (to the left child) and 2·node + 1: the rows that meet all the conditions which
  // the path down to that child sets on the node's feature.
  const RowBits* meets = nullptr;
  const double* down = nullptr;     // factors of the walk down, in the order the kernel reads them
  const double* up = nullptr;       // and of the walk up
  double* products = nullptr;       // room for nodes.size() × points × kMostLanes doubles
  double* contributions = nullptr;  // [feature][kTileRows]
};

inline constexpr int kMostLanes = 16;
inline constexpr int kMostPoints = 4;  // of one call

using ExplainKernel = void (*)(const ExplainTile& tile);
using ExplainKernels = std::array<ExplainKernel, kMostPoints>;  // by the number of points, less 1
extern const ExplainKernels kExplainPlain;
extern const ExplainKernels kExplainAvx2;
extern const ExplainKernels kExplainAvx512;

// REQUIRES: 0 < points <= kMostPoints; the processor supports `set`.
ExplainKernel explain_kernel(InstructionSet set, int points);

}  // namespace aml::forest
