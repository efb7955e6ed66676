#pragma once

#include <array>
#include <cstring>

#include "validation/vector_kernels.h"

// The loops of vector_kernels.h for registers of kWidth floats, unrolled so that the sums stay in
// them. Compiled for each instruction set, with a width of its own: no two of these functions are
// the same for the linker.
namespace aml::validation {

template <std::size_t kWidth>
struct Vector;
template <>
struct Vector<4> {
  using Floats = float __attribute__((vector_size(16)));
  using Numbers = std::uint32_t __attribute__((vector_size(16)));
};
template <>
struct Vector<8> {
  using Floats = float __attribute__((vector_size(32)));
  using Numbers = std::uint32_t __attribute__((vector_size(32)));
};
template <>
struct Vector<16> {
  using Floats = float __attribute__((vector_size(64)));
  using Numbers = std::uint32_t __attribute__((vector_size(64)));
};

// Structs, because a template's argument would lose the attribute.
template <std::size_t kWidth>
struct Floats {
  typename Vector<kWidth>::Floats values{};
  Floats() = default;
  explicit Floats(const float* from) { std::memcpy(&values, from, sizeof values); }
  void store(float* to) const { std::memcpy(to, &values, sizeof values); }
};
template <std::size_t kWidth>
struct Numbers {
  typename Vector<kWidth>::Numbers values{};
  explicit Numbers(const std::uint32_t* from) { std::memcpy(&values, from, sizeof values); }
  void store(std::uint32_t* to) const { std::memcpy(to, &values, sizeof values); }
};

// Of the points of a block, those in the lanes from `lane` on; `number` is that of the first.
template <std::size_t kWidth>
void keep_nearer(const Floats<kWidth>& distance, std::uint32_t number, std::size_t lane,
                 std::uint32_t own, Nearest& best) {
  static constexpr std::array<std::uint32_t, kLanes> kEachLane{0, 1, 2,  3,  4,  5,  6,  7,
                                                               8, 9, 10, 11, 12, 13, 14, 15};
  Floats<kWidth> before(best.distance.data() + lane);
  Numbers<kWidth> point(best.point.data() + lane);
  const auto numbers = Numbers<kWidth>(kEachLane.data()).values + number;
  const auto nearer = (distance.values < before.values) & (numbers != own);
  before.values = nearer ? distance.values : before.values;
  point.values = nearer ? numbers : point.values;
  before.store(best.distance.data() + lane);
  point.store(best.point.data() + lane);
}

// kQueries of them at a time, as many as sums fit the registers.
template <std::size_t kWidth, std::size_t kQueries>
void find_nearest(const PointBlock* blocks, std::size_t begin, std::size_t end,
                  const Query* queries, Nearest* nearest) {
  for (std::size_t first = 0; first < kQueriesAtOnce; first += kQueries) {
    for (std::size_t b = begin; b < end; ++b) {
      for (std::size_t lane = 0; lane < kLanes; lane += kWidth) {
        std::array<Floats<kWidth>, kQueries> sums;
        for (std::size_t d = 0; d < kDimensions; ++d) {
          const Floats<kWidth> point(blocks[b][d].data() + lane);
#pragma GCC unroll 8
          for (std::size_t q = 0; q < kQueries; ++q) {
            const auto difference = point.values - queries[first + q].point[d];
            sums[q].values += difference * difference;
          }
        }
#pragma GCC unroll 8
        for (std::size_t q = 0; q < kQueries; ++q) {
          keep_nearer(sums[q], static_cast<std::uint32_t>(b * kLanes + lane), lane,
                      queries[first + q].own, nearest[first + q]);
        }
      }
    }
  }
}

template <std::size_t kWidth>
void multiply_rows(const std::array<const float*, kTileRows>& left,
                   const std::array<const float*, kTileColumns>& right, std::size_t begin,
                   std::size_t end, LaneSums& sums) {
  for (std::size_t lane = 0; lane < kLanes; lane += kWidth) {
    std::array<Floats<kWidth>, kTileRows * kTileColumns> products;
    for (std::size_t i = begin + lane; i < end; i += kLanes) {
      const Floats<kWidth> r0(right[0] + i);
      const Floats<kWidth> r1(right[1] + i);
#pragma GCC unroll 4
      for (std::size_t row = 0; row < kTileRows; ++row) {
        const Floats<kWidth> l(left[row] + i);
        products[row * kTileColumns].values += l.values * r0.values;
        products[row * kTileColumns + 1].values += l.values * r1.values;
      }
    }
#pragma GCC unroll 8
    for (std::size_t s = 0; s < products.size(); ++s) products[s].store(sums[s].data() + lane);
  }
}

template <std::size_t kWidth, std::size_t kQueries>
constexpr VectorKernels kernels() {
  return {&find_nearest<kWidth, kQueries>, &multiply_rows<kWidth>};
}

}  // namespace aml::validation
