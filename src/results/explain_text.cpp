#include "results/explain_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace aml::results {

namespace {

constexpr std::size_t kNameWidth = 32;
constexpr std::size_t kBarWidth = 11;  // to each side

// At most `width` characters of UTF-8; what is cut off ends in an ellipsis.
std::string shortened(const std::string& text, std::size_t width) {
  const auto begins_character = [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  };
  const auto characters =
      static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
  if (characters <= width) return text;
  std::string cut;
  std::size_t taken = 0;
  for (const char c : text) {
    if (begins_character(c) && ++taken == width) break;
    cut += c;
  }
  return cut + "…";
}

std::string value_text(double value) {
  constexpr double kLargestInFull = 1e9;
  if (std::isnan(value)) return "missing";
  if (value == std::trunc(value) && std::abs(value) < kLargestInFull) {
    return fmt::format("{:.0f}", value + 0.0);  // no "-0"
  }
  return fmt::format("{:.5g}", value);
}

std::string bar(double contribution, double largest) {
  if (largest == 0) return std::string(kBarWidth, ' ') + "|";
  const auto length = static_cast<std::size_t>(
      std::lround(std::abs(contribution) / largest * static_cast<double>(kBarWidth)));
  return contribution < 0 ? std::string(kBarWidth - length, ' ') + std::string(length, '-') + "|"
                          : std::string(kBarWidth, ' ') + "|" + std::string(length, '+');
}

// Four places suit log-odds; scores of other scales have other sizes.
std::string number_text(double number, double largest) {
  constexpr double kSmall = 0.01;
  constexpr double kLarge = 9999;
  const bool is_usual = largest == 0 || (largest >= kSmall && largest <= kLarge);
  return is_usual ? fmt::format("{:+.4f}", number) : fmt::format("{:+.4g}", number);
}

std::string line(const std::string& name, const std::string& value, double contribution,
                 double largest) {
  return fmt::format("{:<{}} {:>11} {:>10}", shortened(name, kNameWidth), kNameWidth, value,
                     number_text(contribution, largest));
}

}  // namespace

std::vector<std::size_t> by_size(std::span<const double> contributions) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < contributions.size(); ++i) {
    if (contributions[i] != 0) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::abs(contributions[a]) > std::abs(contributions[b]);
  });
  return order;
}

std::string explain_text(const std::vector<std::string>& names,
                         std::span<const double> contributions, std::span<const double> values,
                         std::size_t top) {
  const std::vector<std::size_t> order = by_size(contributions.first(names.size()));
  const std::size_t named = std::min(top, order.size());
  double others = 0;
  double raw = contributions[names.size()];
  for (std::size_t i = 0; i < order.size(); ++i) {
    raw += contributions[order[i]];
    if (i >= named) others += contributions[order[i]];
  }
  double largest = std::abs(others);
  if (named > 0) largest = std::max(largest, std::abs(contributions[order[0]]));

  std::string text =
      fmt::format("{:<{}} {:>11} {:>10}\n", "feature", kNameWidth, "value", "contrib.");
  const auto add = [&](const std::string& name, const std::string& value, double contribution) {
    text += line(name, value, contribution, largest) + " " + bar(contribution, largest) + "\n";
  };
  for (const std::size_t feature : std::span(order).first(named)) {
    add(names[feature], value_text(values[feature]), contributions[feature]);
  }
  const std::size_t rest = order.size() - named;
  if (rest > 0) add(fmt::format("{} other feature{}", rest, rest == 1 ? "" : "s"), "", others);
  text += line("base value", "", contributions[names.size()], largest) + "\n";
  text += line("raw score, their sum", "", raw, largest) + "\n";
  return text;
}

}  // namespace aml::results
