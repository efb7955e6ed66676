#include "snapshot/address_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/lower_case.h"

namespace aml::snapshot {

std::string comparable(std::string_view address) {
  constexpr std::size_t kLength = 42;
  const auto is_hex = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  const bool is_hexadecimal = address.size() == kLength && address[0] == '0' &&
                              (address[1] == 'x' || address[1] == 'X') &&
                              std::all_of(address.begin() + 2, address.end(), is_hex);
  return is_hexadecimal ? in_lower_case(std::string(address)) : std::string(address);
}

std::string comparable_sql(const std::string& expression) {
  return fmt::format(
      "CASE WHEN regexp_full_match({0}, '0[xX][0-9a-fA-F]{{40}}') THEN lower({0}) ELSE {0} END",
      expression);
}

}  // namespace aml::snapshot
