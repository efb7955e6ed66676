#include "forest/row_bits.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace aml::forest {

namespace {

#if defined(__x86_64__)

// Every x86-64 has two lanes.
void at_most_plain(const TileValues& values, std::span<const double> thresholds,
                   std::span<RowBits> rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const __m128d threshold = _mm_set1_pd(thresholds[i]);
    RowBits bits = 0;
    for (std::size_t row = 0; row < kTileRows; row += 2) {
      const __m128d less = _mm_cmple_pd(_mm_loadu_pd(&values[row]), threshold);
      bits |= static_cast<RowBits>(_mm_movemask_pd(less)) << row;
    }
    rows[i] = bits;
  }
}

AML_TARGET_AVX2 void at_most_avx2(const TileValues& values, std::span<const double> thresholds,
                                  std::span<RowBits> rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const __m256d threshold = _mm256_set1_pd(thresholds[i]);
    RowBits bits = 0;
    for (std::size_t row = 0; row < kTileRows; row += 4) {
      const __m256d less = _mm256_cmp_pd(_mm256_loadu_pd(&values[row]), threshold, _CMP_LE_OQ);
      bits |= static_cast<RowBits>(_mm256_movemask_pd(less)) << row;
    }
    rows[i] = bits;
  }
}

AML_TARGET_AVX2 void has_bit_avx2(const TileWords& words, std::span<RowBits> rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const __m128i to_sign = _mm_cvtsi64_si128(static_cast<long long>(63 - i));
    RowBits bits = 0;
    for (std::size_t row = 0; row < kTileRows; row += 4) {
      const __m256i four = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(&words[row]));
      const __m256d signs = _mm256_castsi256_pd(_mm256_sll_epi64(four, to_sign));
      bits |= static_cast<RowBits>(_mm256_movemask_pd(signs)) << row;
    }
    rows[i] = bits;
  }
}

// Eight masks of eight rows as one, the first in the lowest bits.
AML_TARGET_AVX512 RowBits join(const std::array<__mmask8, 8>& m) {
  const __mmask32 low = _mm512_kunpackw(_mm512_kunpackb(m[3], m[2]), _mm512_kunpackb(m[1], m[0]));
  const __mmask32 high = _mm512_kunpackw(_mm512_kunpackb(m[7], m[6]), _mm512_kunpackb(m[5], m[4]));
  return _cvtmask64_u64(_mm512_kunpackd(high, low));
}

AML_TARGET_AVX512 void at_most_avx512(const TileValues& values, std::span<const double> thresholds,
                                      std::span<RowBits> rows) {
  __m512d eight[8];
  for (std::size_t j = 0; j < 8; ++j) eight[j] = _mm512_loadu_pd(&values[8 * j]);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const __m512d threshold = _mm512_set1_pd(thresholds[i]);
    std::array<__mmask8, 8> masks;
#pragma GCC unroll 8
    for (std::size_t j = 0; j < 8; ++j) {
      masks[j] = _mm512_cmp_pd_mask(eight[j], threshold, _CMP_LE_OQ);
    }
    rows[i] = join(masks);
  }
}

AML_TARGET_AVX512 void has_bit_avx512(const TileWords& words, std::span<RowBits> rows) {
  __m512i eight[8];
  for (std::size_t j = 0; j < 8; ++j) eight[j] = _mm512_loadu_si512(&words[8 * j]);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const __m512i bit = _mm512_set1_epi64(static_cast<long long>(std::uint64_t{1} << i));
    std::array<__mmask8, 8> masks;
#pragma GCC unroll 8
    for (std::size_t j = 0; j < 8; ++j) masks[j] = _mm512_test_epi64_mask(eight[j], bit);
    rows[i] = join(masks);
  }
}

#else

void at_most_plain(const TileValues& values, std::span<const double> thresholds,
                   std::span<RowBits> rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] = 0;
    for (std::size_t row = 0; row < kTileRows; ++row) {
      rows[i] |= static_cast<RowBits>(values[row] <= thresholds[i]) << row;
    }
  }
}

#endif

void has_bit_plain(const TileWords& words, std::span<RowBits> rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] = 0;
    for (std::size_t row = 0; row < kTileRows; ++row) rows[i] |= (words[row] >> i & 1) << row;
  }
}

}  // namespace

RowQuestions row_questions(InstructionSet set) {
#if defined(__x86_64__)
  if (set == InstructionSet::avx512) return {at_most_avx512, has_bit_avx512};
  if (set == InstructionSet::avx2) return {at_most_avx2, has_bit_avx2};
#endif
  static_cast<void>(set);
  return {at_most_plain, has_bit_plain};
}

}  // namespace aml::forest
