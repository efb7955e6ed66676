#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/instruction_set.h"

// The validator's two innermost loops, for each set of instructions. Whichever runs, every sum adds
// the same numbers in the same order: a verdict does not depend on the processor.
namespace aml::validation {

inline constexpr std::size_t kDimensions = 64;  // of a point
inline constexpr std::size_t kLanes = 16;       // sums side by side, whatever the registers hold

// So many points, one in each lane: by dimension.
using PointBlock = std::array<std::array<float, kLanes>, kDimensions>;

// The nearest point that a query met so far, of each lane's points.
struct Nearest {
  std::array<float, kLanes> distance;       // squared
  std::array<std::uint32_t, kLanes> point;  // its number: block · kLanes + lane
};

struct Query {
  std::array<float, kDimensions> point;
  std::uint32_t own;  // its number among the points, which it is not compared with
};
inline constexpr std::size_t kQueriesAtOnce = 8;

// Compares kQueriesAtOnce queries with the points of blocks[begin, end). A point that is as near as
// an earlier one of its lane does not replace it.
using FindNearest = void (*)(const PointBlock* blocks, std::size_t begin, std::size_t end,
                             const Query* queries, Nearest* nearest);

// A tile of the matrix of inner products of rows.
inline constexpr std::size_t kTileRows = 4;
inline constexpr std::size_t kTileColumns = 2;
using LaneSums = std::array<std::array<float, kLanes>, kTileRows * kTileColumns>;

// sums[row · kTileColumns + column][lane] = Σ left[row][i] · right[column][i] over the i in
// [begin, end) that are begin + lane modulo kLanes. REQUIRES: end − begin is a multiple of kLanes.
using MultiplyRows = void (*)(const std::array<const float*, kTileRows>& left,
                              const std::array<const float*, kTileColumns>& right,
                              std::size_t begin, std::size_t end, LaneSums& sums);

struct VectorKernels {
  FindNearest find_nearest;
  MultiplyRows multiply_rows;
};
extern const VectorKernels kVectorPlain;
extern const VectorKernels kVectorAvx2;
extern const VectorKernels kVectorAvx512;

// REQUIRES: the processor supports `set`.
const VectorKernels& vector_kernels(InstructionSet set);

}  // namespace aml::validation
