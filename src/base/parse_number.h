#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace aml {

// The whole text as a number, without spaces or a plus sign before it; nothing where it is none or
// out of range.
template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

}  // namespace aml
