#pragma once

// One walk for all instruction sets, written for vectors of kLanes doubles. Each of the sets' files
// includes this after it told the compiler what the set has, and all in it is that file's own.
#include <array>
#include <cstddef>
#include <cstdint>

#include "forest/explain_kernel.h"

#define AML_INLINE inline __attribute__((always_inline))

namespace aml::forest {

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

// Several vectors are treated side by side, so that a node's branches and constants are shared.
inline constexpr int kVectors = 2;

template <int kLanes, int kPoints>
struct Walk {
  using V = Vector<kLanes>;
  using Doubles = typename V::Doubles;
  using Words = typename V::Words;
  // What rows choose by: for each vector, all ones where the row meets a condition.
  struct Choice {
    Words of[kVectors];
  };

  const ExplainTile& tile;
  int first_row;

  AML_INLINE Choice meets(std::size_t edge) const {
    Choice choice;
    for (int v = 0; v < kVectors; ++v) {
      const RowBits bits = tile.meets[edge] >> (first_row + v * kLanes);
      choice.of[v] = (V::all(static_cast<std::int64_t>(bits)) & V::bits()) != 0;
    }
    return choice;
  }

  // The products of a node, kVectors for each point.
  AML_INLINE Doubles* products(std::size_t node) const {
    return reinterpret_cast<Doubles*>(tile.products) + node * kPoints * kVectors;
  }

  AML_INLINE void down() const {
    const double* factors = tile.down;
    for (std::size_t i = 1; i < tile.nodes.size(); ++i) {
      const ExplainNode& node = tile.nodes[i];
      const std::size_t edge = node.edge;
      const Choice hit = meets(edge);
      const Doubles* from = products(edge / 2);
      Doubles* to = products(i);
      if (!node.parent_repeated) {
#pragma GCC unroll 8
        for (int q = 0; q < kPoints; ++q) {
          const Doubles on_hit = V::all(factors[q]);
          const Doubles on_miss = V::all(factors[kPoints + q]);
#pragma GCC unroll 4
          for (int v = 0; v < kVectors; ++v) {
            to[q * kVectors + v] = from[q * kVectors + v] * (hit.of[v] ? on_hit : on_miss);
          }
        }
        factors += 2 * kPoints;
      } else {
        const Choice miss = meets(edge ^ 1);
#pragma GCC unroll 8
        for (int q = 0; q < kPoints; ++q) {
          const Doubles on_hit = V::all(factors[q]);
          const Doubles on_miss = V::all(factors[kPoints + q]);
          const Doubles on_out = V::all(factors[2 * kPoints + q]);
#pragma GCC unroll 4
          for (int v = 0; v < kVectors; ++v) {
            const Doubles rest = miss.of[v] ? on_miss : on_out;
            to[q * kVectors + v] = from[q * kVectors + v] * (hit.of[v] ? on_hit : rest);
          }
        }
        factors += 3 * kPoints;
      }
    }
  }

  // What a walk up has gathered at a node.
  struct Gathered {
    Doubles sum[kPoints * kVectors];
    Doubles contribution[kVectors];
  };

  AML_INLINE void add_child(std::size_t child, const Choice& hit, const Choice& miss, bool repeated,
                            const double*& factors, Gathered& gathered) const {
    const Doubles* below = products(child);
#pragma GCC unroll 8
    for (int q = 0; q < kPoints; ++q) {
      const Doubles on_hit = V::all(factors[q]);
      const Doubles on_miss = V::all(factors[kPoints + q]);
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) {
        const Doubles product = below[q * kVectors + v];
        gathered.sum[q * kVectors + v] += product;
        const Doubles rest = !repeated ? on_miss : miss.of[v] ? on_miss : Doubles{};
        gathered.contribution[v] += product * (hit.of[v] ? on_hit : rest);
      }
    }
    factors += 2 * kPoints;
  }

  AML_INLINE void add_leaves(std::size_t i, const Choice& left, const Choice& right, bool repeated,
                             const double*& factors, Gathered& gathered) const {
    const Doubles* above = products(i);
    const double* effects = factors + 2 * kPoints;
    const double* out = factors + 4 * kPoints;
#pragma GCC unroll 8
    for (int q = 0; q < kPoints; ++q) {
      const Doubles on_left = V::all(factors[q]);
      const Doubles on_right = V::all(factors[kPoints + q]);
      const Doubles left_effect = V::all(effects[q]);
      const Doubles right_effect = V::all(effects[kPoints + q]);
      const Doubles on_out = repeated ? V::all(out[q]) : Doubles{};
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) {
        const Doubles product = above[q * kVectors + v];
        const Doubles rest = !repeated ? on_right : right.of[v] ? on_right : on_out;
        gathered.sum[q * kVectors + v] = product * (left.of[v] ? on_left : rest);
        const Doubles effect = !repeated ? right_effect : right.of[v] ? right_effect : Doubles{};
        gathered.contribution[v] += product * (left.of[v] ? left_effect : effect);
      }
    }
    factors += (repeated ? 5 : 4) * kPoints;
  }

  AML_INLINE void gather(std::size_t i, bool repeated, const double*& factors) const {
    const ExplainNode& node = tile.nodes[i];
    const Choice left = meets(2 * i);
    const Choice right = meets(2 * i + 1);
    Gathered gathered = {};
    if (node.left == ExplainNode::kLeaf || node.right == ExplainNode::kLeaf) {
      add_leaves(i, left, right, repeated, factors, gathered);
    }
    if (node.left != ExplainNode::kLeaf) {
      add_child(node.left, left, right, repeated, factors, gathered);
    }
    if (node.right != ExplainNode::kLeaf) {
      add_child(node.right, right, left, repeated, factors, gathered);
    }
    Doubles* to = products(i);
#pragma GCC unroll 16
    for (int q = 0; q < kPoints * kVectors; ++q) to[q] = gathered.sum[q];
    auto* total = reinterpret_cast<Doubles*>(tile.contributions + node.feature * kTileRows +
                                             static_cast<std::size_t>(first_row));
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) total[v] += gathered.contribution[v];
  }

  AML_INLINE void up() const {
    const double* factors = tile.up;
    for (std::size_t i = tile.nodes.size(); i-- > 0;) {
      if (tile.nodes[i].repeated) {
        gather(i, true, factors);
      } else {
        gather(i, false, factors);
      }
    }
  }

  AML_INLINE void run() const {
    Doubles* root = products(0);
#pragma GCC unroll 16
    for (int q = 0; q < kPoints * kVectors; ++q) root[q] = V::all(1.0);
    down();
    up();
  }
};

template <int kLanes, int kPoints>
void walk_tile(const ExplainTile& tile) {
  for (int row = 0; row < static_cast<int>(kTileRows); row += kLanes * kVectors) {
    Walk<kLanes, kPoints>{tile, row}.run();
  }
}

template <int kLanes>
constexpr ExplainKernels walks() {
  return {walk_tile<kLanes, 1>, walk_tile<kLanes, 2>, walk_tile<kLanes, 3>, walk_tile<kLanes, 4>};
}

}  // namespace

}  // namespace aml::forest
