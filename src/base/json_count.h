#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

namespace aml {

// What the value counts: a whole number from 0 to the largest of 64 bits with a sign. Nothing where
// it is another number, which get<std::int64_t>() would turn into one, or none.
inline std::optional<std::int64_t> count_in(const nlohmann::json& value) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > kMost) return std::nullopt;
  return value.get<std::int64_t>();
}

}  // namespace aml
