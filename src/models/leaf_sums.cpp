#include "models/leaf_sums.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace aml::models {

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
    for (std::size_t row = 0; row < kTileRows; row += 8) {
      std::uint64_t block = 0;
      for (std::size_t bit = 0; bit < 8; ++bit) block |= (digits[bit] >> row & 0xff) << (8 * bit);
      std::uint64_t numbers = transpose(block);
      for (std::size_t i = row; i < row + 8; ++i, numbers >>= 8) {
        if ((any >> i & 1) != 0) sums[i] += values[first + (numbers & 0xff)];
      }
    }
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
    alignas(64) std::array<std::uint8_t, kTileRows> of_row;
    _mm512_store_si512(of_row.data(), numbers);
    for (std::size_t row = 0; row < kTileRows; row += 8) {
      const __m512i eight = _mm512_maskz_cvtepu8_epi64(
          0xff, _mm_loadl_epi64(reinterpret_cast<const __m128i*>(of_row.data() + row)));
      const auto here = static_cast<__mmask8>(any >> row);
      const __m512d before = _mm512_loadu_pd(&sums[row]);
      const __m512d value = _mm512_mask_i64gather_pd(before, here, eight, &values[first], 8);
      _mm512_storeu_pd(&sums[row], _mm512_mask_add_pd(before, here, before, value));
    }
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

}  // namespace aml::models
