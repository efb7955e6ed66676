#include "metrics/order.h"

#include <array>
#include <bit>
#include <cstddef>
#include <utility>

namespace aml::metrics {

namespace {

struct Item {
  std::uint64_t key;
  std::uint32_t position;
};

// Integers in the order of the doubles: negative ones have their bits turned around.
std::uint64_t key_of(double value) {
  constexpr std::uint64_t kSign = std::uint64_t{1} << 63U;
  const auto bits = std::bit_cast<std::uint64_t>(value + 0.0);  // makes 0 of -0
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}

}  // namespace

std::vector<std::uint32_t> ascending_order(std::span<const double> values) {
  constexpr unsigned kDigitBits = 11;
  constexpr std::size_t kDigits = 6;  // of 64 bits
  constexpr std::size_t kValues = std::size_t{1} << kDigitBits;
  const auto digit = [](std::uint64_t key, std::size_t d) {
    return static_cast<std::size_t>(key >> (d * kDigitBits)) & (kValues - 1);
  };
  std::vector<Item> items(values.size());
  std::vector<std::array<std::uint32_t, kValues>> counts(kDigits);
  for (std::size_t i = 0; i < values.size(); ++i) {
    items[i] = {key_of(values[i]), static_cast<std::uint32_t>(i)};
    for (std::size_t d = 0; d < kDigits; ++d) ++counts[d][digit(items[i].key, d)];
  }
  std::vector<Item> sorted(values.size());
  for (std::size_t d = 0; d < kDigits; ++d) {
    // All have the same digit: nothing to do.
    if (values.empty() || counts[d][digit(items[0].key, d)] == values.size()) continue;
    std::uint32_t before = 0;
    for (std::uint32_t& count : counts[d]) before += std::exchange(count, before);
    for (const Item& item : items) sorted[counts[d][digit(item.key, d)]++] = item;
    items.swap(sorted);
  }
  std::vector<std::uint32_t> order(values.size());
  for (std::size_t i = 0; i < items.size(); ++i) order[i] = items[i].position;
  return order;
}

}  // namespace aml::metrics
