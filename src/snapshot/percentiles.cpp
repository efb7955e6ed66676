// A day asks for the order of half a million values of each of sixteen quantities. A radix sort
// gives it in half to two thirds of the time of std::sort, because a comparison that cannot be
// foreseen costs more than moving a value.
#include "snapshot/percentiles.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>

#include "flows/facts.h"

namespace aml::snapshot {

namespace {

struct Known {
  std::uint64_t key = 0;
  std::uint32_t place = 0;
};

// Compares as the value does. A negative zero is zero, since they are equal.
std::uint64_t key_of(double value) {
  constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
  const auto bits = std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value);
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}

constexpr int kDigitBits = 11;
constexpr int kDigits = (64 + kDigitBits - 1) / kDigitBits;
constexpr std::size_t kDigitValues = std::size_t{1} << kDigitBits;

std::size_t digit(std::uint64_t key, int place) {
  return key >> (place * kDigitBits) & (kDigitValues - 1);
}

void sort_by_key(std::vector<Known>& known) {
  std::vector<std::array<std::uint32_t, kDigitValues>> counts(kDigits);
  for (const Known& one : known) {
    for (int place = 0; place < kDigits; ++place) ++counts[place][digit(one.key, place)];
  }
  std::vector<Known> sorted(known.size());
  for (int place = 0; place < kDigits && !known.empty(); ++place) {
    std::array<std::uint32_t, kDigitValues>& next = counts[place];
    // Whole numbers as doubles have many digits that are the same in all.
    if (next[digit(known.front().key, place)] == known.size()) continue;
    std::uint32_t begin = 0;
    for (std::uint32_t& count : next) {
      const std::uint32_t of_digit = count;
      count = begin;
      begin += of_digit;
    }
    for (const Known& one : known) sorted[next[digit(one.key, place)]++] = one;
    known.swap(sorted);
  }
}

}  // namespace

std::vector<std::int32_t> percentiles(const std::vector<double>& values) {
  std::vector<Known> known;
  known.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isnan(values[i])) known.push_back({key_of(values[i]), static_cast<std::uint32_t>(i)});
  }
  sort_by_key(known);
  std::vector<std::int32_t> result(values.size(), -1);
  for (std::size_t begin = 0; begin < known.size();) {
    std::size_t end = begin;
    while (end < known.size() && known[end].key == known[begin].key) ++end;
    const auto percentile = static_cast<std::int32_t>((begin + end) * std::uint64_t{flows::kWhole} /
                                                      (2 * known.size()));
    for (; begin < end; ++begin) result[known[begin].place] = percentile;
  }
  return result;
}

}  // namespace aml::snapshot
