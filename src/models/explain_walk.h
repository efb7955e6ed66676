#pragma once

// One walk for all instruction sets, written for vectors of kLanes doubles. Each of the sets' files
// includes this after it told the compiler what the set has, and all in it is that file's own.
#include <array>
#include <cstddef>
#include <cstdint>

#include "models/explain_kernel.h"

#define AML_INLINE inline __attribute__((always_inline))

namespace aml::models {

namespace {

template <int kLanes>
struct Vector;
template <>
struct Vector<2> {
  using Doubles = double __attribute__((vector_size(16)));
  using Words = std::int64_t __attribute__((vector_size(16)));
  static AML_INLINE Words bits() { return Words{1, 2}; }
  static AML_INLINE Doubles all(double x) { return x - Doubles{}; }
  static AML_INLINE Words all(std::int64_t x) { return x + Words{}; }
};
template <>
struct Vector<4> {
  using Doubles = double __attribute__((vector_size(32)));
  using Words = std::int64_t __attribute__((vector_size(32)));
  static AML_INLINE Words bits() { return Words{1, 2, 4, 8}; }
  static AML_INLINE Doubles all(double x) { return x - Doubles{}; }
  static AML_INLINE Words all(std::int64_t x) { return x + Words{}; }
};
template <>
struct Vector<8> {
  using Doubles = double __attribute__((vector_size(64)));
  using Words = std::int64_t __attribute__((vector_size(64)));
  static AML_INLINE Words bits() { return Words{1, 2, 4, 8, 16, 32, 64, 128}; }
  static AML_INLINE Doubles all(double x) { return x - Doubles{}; }
  static AML_INLINE Words all(std::int64_t x) { return x + Words{}; }
};

// The rows of one vector and the constants that a node's state chooses for each.
template <int kLanes, int kPoints>
struct Walk {
  using V = Vector<kLanes>;
  using Doubles = typename V::Doubles;
  using Words = typename V::Words;

  const ExplainTile& tile;
  int shift;  // first row

  AML_INLINE Words meets(std::size_t edge) const {
    const Words bits = V::all(static_cast<std::int64_t>(tile.meets[edge] >> shift));
    return (bits & V::bits()) != 0;
  }

  AML_INLINE Doubles* product(std::size_t node) const {
    return reinterpret_cast<Doubles*>(tile.products) + node * kPoints;
  }

  // A row chooses first[q] where it meets the first condition, otherwise second[q].
  static AML_INLINE Doubles choose(Words meets_first, const double* first, const double* second,
                                   int q) {
    return meets_first ? V::all(first[q]) : V::all(second[q]);
  }

  AML_INLINE void down() const {
    const double* factors = tile.down;
    for (std::size_t i = 1; i < tile.nodes.size(); ++i) {
      const ExplainNode& node = tile.nodes[i];
      const ExplainNode& parent = tile.nodes[node.parent];
      const std::size_t edge = 2 * node.parent + (parent.right == i ? 1 : 0);
      const Words hit = meets(edge);
      const Doubles* from = product(node.parent);
      Doubles* to = product(i);
      if (!node.parent_repeated) {
#pragma GCC unroll 8
        for (int q = 0; q < kPoints; ++q) {
          to[q] = from[q] * choose(hit, factors, factors + kPoints, q);
        }
        factors += 2 * kPoints;
      } else {
        const Words miss = meets(edge ^ 1);
#pragma GCC unroll 8
        for (int q = 0; q < kPoints; ++q) {
          const Doubles rest =
              miss ? V::all(factors[kPoints + q]) : V::all(factors[2 * kPoints + q]);
          to[q] = from[q] * (hit ? V::all(factors[q]) : rest);
        }
        factors += 3 * kPoints;
      }
    }
  }

  // The child's sum, and what it contributes to the node's feature.
  AML_INLINE void add_child(std::size_t child, std::size_t edge, bool repeated,
                            const double*& factors, Doubles* sum, Doubles& contribution) const {
    const Words hit = meets(edge);
    const Doubles* below = product(child);
    if (!repeated) {
#pragma GCC unroll 8
      for (int q = 0; q < kPoints; ++q) {
        sum[q] += below[q];
        contribution += below[q] * choose(hit, factors, factors + kPoints, q);
      }
    } else {
      const Words miss = meets(edge ^ 1);
#pragma GCC unroll 8
      for (int q = 0; q < kPoints; ++q) {
        sum[q] += below[q];
        const Doubles rest = miss ? V::all(factors[kPoints + q]) : Doubles{};
        contribution += below[q] * (hit ? V::all(factors[q]) : rest);
      }
    }
    factors += 2 * kPoints;
  }

  AML_INLINE void add_leaves(std::size_t i, bool repeated, const double*& factors, Doubles* sum,
                             Doubles& contribution) const {
    const Words left = meets(2 * i);
    const Doubles* above = product(i);
    const double* effects = factors + 2 * kPoints;
    if (!repeated) {
#pragma GCC unroll 8
      for (int q = 0; q < kPoints; ++q) {
        sum[q] = above[q] * choose(left, factors, factors + kPoints, q);
        contribution += above[q] * choose(left, effects, effects + kPoints, q);
      }
      factors += 4 * kPoints;
    } else {
      const Words right = meets(2 * i + 1);
      const double* neither = factors + 4 * kPoints;
#pragma GCC unroll 8
      for (int q = 0; q < kPoints; ++q) {
        const Doubles rest = right ? V::all(factors[kPoints + q]) : V::all(neither[q]);
        sum[q] = above[q] * (left ? V::all(factors[q]) : rest);
        const Doubles effect = right ? V::all(effects[kPoints + q]) : Doubles{};
        contribution += above[q] * (left ? V::all(effects[q]) : effect);
      }
      factors += 5 * kPoints;
    }
  }

  AML_INLINE void up() const {
    const double* factors = tile.up;
    for (std::size_t i = tile.nodes.size(); i-- > 0;) {
      const ExplainNode& node = tile.nodes[i];
      Doubles sum[kPoints] = {};
      Doubles contribution = {};
      if (node.left == ExplainNode::kLeaf || node.right == ExplainNode::kLeaf) {
        add_leaves(i, node.repeated, factors, sum, contribution);
      }
      if (node.left != ExplainNode::kLeaf) {
        add_child(node.left, 2 * i, node.repeated, factors, sum, contribution);
      }
      if (node.right != ExplainNode::kLeaf) {
        add_child(node.right, 2 * i + 1, node.repeated, factors, sum, contribution);
      }
      Doubles* to = product(i);
#pragma GCC unroll 8
      for (int q = 0; q < kPoints; ++q) to[q] = sum[q];
      auto* total = reinterpret_cast<Doubles*>(tile.contributions + node.feature * kTileRows +
                                               static_cast<std::size_t>(shift));
      *total += contribution;
    }
  }

  AML_INLINE void run() const {
    Doubles* root = product(0);
#pragma GCC unroll 8
    for (int q = 0; q < kPoints; ++q) root[q] = V::all(1.0);
    down();
    up();
  }
};

template <int kLanes, int kPoints>
void walk_tile(const ExplainTile& tile) {
  for (int row = 0; row < static_cast<int>(kTileRows); row += kLanes) {
    Walk<kLanes, kPoints>{tile, row}.run();
  }
}

template <int kLanes>
constexpr ExplainKernels walks() {
  return {walk_tile<kLanes, 1>, walk_tile<kLanes, 2>, walk_tile<kLanes, 3>,
          walk_tile<kLanes, 4>, walk_tile<kLanes, 5>, walk_tile<kLanes, 6>};
}

}  // namespace

}  // namespace aml::models
