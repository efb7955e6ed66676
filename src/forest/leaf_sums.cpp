#include "forest/leaf_sums.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace aml::forest {

namespace {

// Leaves are numbered in one byte, so many at a time.
constexpr std::size_t kByteValues = 256;

constexpr auto kDigits = [] {
  std::array<std::array<std::uint64_t, 8>, kByteValues> digits{};
  for (std::size_t number = 0; number < kByteValues; ++number) {
    for (std::size_t bit = 0; bit < 8; ++bit) {
      digits[number][bit] = (number >> bit & 1) != 0 ? ~std::uint64_t{0} : 0;
    }
  }
  return digits;
}();

// Exchanges the bits of `x` in `mask` with those `shift` above them.
constexpr std::uint64_t exchange(std::uint64_t x, std::uint64_t mask, int shift) {
  const std::uint64_t differing = (x ^ (x >> shift)) & mask;
  return x ^ differing ^ (differing << shift);
}

// A matrix of 8 × 8 bits, row after row, mirrored at its diagonal.
constexpr std::uint64_t transpose(std::uint64_t x) {
  x = exchange(x, 0x00AA00AA00AA00AA, 7);
  x = exchange(x, 0x0000CCCC0000CCCC, 14);
  return exchange(x, 0x00000000F0F0F0F0, 28);
}

using LeafNumbers = std::array<std::uint8_t, kTileRows>;

// Adds to the sums of `rows` the value of the leaf that `numbers` names.
void add_values(std::span<const double> values, const LeafNumbers& numbers, RowBits rows,
                TileSums& sums) {
  if (rows == ~RowBits{0}) {
    for (std::size_t row = 0; row < kTileRows; row += 2) {
      const double first = values[numbers[row]];
      const double second = values[numbers[row + 1]];
      sums[row] += first;
      sums[row + 1] += second;
    }
    return;
  }
  for (; rows != 0; rows &= rows - 1) {
    const auto row = static_cast<std::size_t>(std::countr_zero(rows));
    sums[row] += values[numbers[row]];
  }
}

// The number of each row's leaf is gathered digit by digit, a word of 64 rows for each binary
// digit.
void add_leaves_plain(std::span<const RowBits> reached, std::span<const double> values,
                      TileSums& sums) {
  for (std::size_t first = 0; first < values.size(); first += kByteValues) {
    const std::size_t count = std::min(kByteValues, values.size() - first);
    std::array<RowBits, 8> digits{};
    RowBits any = 0;
    for (std::size_t leaf = 0; leaf < count; ++leaf) {
      const RowBits rows = reached[first + leaf];
      any |= rows;
      for (std::size_t bit = 0; bit < 8; ++bit) digits[bit] |= rows & kDigits[leaf][bit];
    }
    LeafNumbers numbers;
    for (std::size_t row = 0; row < kTileRows; row += 8) {
      std::uint64_t block = 0;
      for (std::size_t bit = 0; bit < 8; ++bit) block |= (digits[bit] >> row & 0xff) << (8 * bit);
      block = transpose(block);
      for (std::size_t i = row; i < row + 8; ++i, block >>= 8) {
        numbers[i] = static_cast<std::uint8_t>(block & 0xff);
      }
    }
    add_values(values.subspan(first, count), numbers, any, sums);
  }
}

#if defined(__x86_64__)
AML_TARGET_AVX512 void add_leaves_avx512(std::span<const RowBits> reached,
                                         std::span<const double> values, TileSums& sums) {
  for (std::size_t first = 0; first < values.size(); first += kByteValues) {
    const std::size_t count = std::min(kByteValues, values.size() - first);
    const __m512i one = _mm512_set1_epi8(1);
    __m512i leaf = _mm512_setzero_si512();
    __m512i numbers = _mm512_setzero_si512();
    RowBits any = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const RowBits rows = reached[first + i];
      any |= rows;
      numbers = _mm512_mask_mov_epi8(numbers, rows, leaf);
      leaf = _mm512_add_epi8(leaf, one);
    }
    LeafNumbers of_row;
    _mm512_storeu_si512(of_row.data(), numbers);
    add_values(values.subspan(first, count), of_row, any, sums);
  }
}
#endif

}  // namespace

AddLeaves add_leaves(InstructionSet set) {
#if defined(__x86_64__)
  if (set == InstructionSet::avx512) return add_leaves_avx512;
#endif
  static_cast<void>(set);
  return add_leaves_plain;
}

}  // namespace aml::forest
