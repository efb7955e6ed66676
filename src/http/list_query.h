#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/target.h"

namespace aml::http {

// Which rows of a list, and how much of each: the parameters that lists take; see docs/api.md.
struct ListQuery {
  // Of limit and offset: the largest whole number that every JSON reader knows.
  static constexpr std::uint64_t kMaxCount = 9'007'199'254'740'991;
  static constexpr std::string_view kLimit = "limit";
  static constexpr std::string_view kOffset = "offset";
  static constexpr std::string_view kMinScore = "min_score";
  static constexpr std::string_view kExplain = "explain";

  std::optional<std::uint64_t> limit{};
  std::uint64_t offset = 0;
  std::optional<double> min_score{};
  bool explain = true;

  // Whether it asks for all rows.
  bool all_rows() const { return !limit && offset == 0 && !min_score; }
  // Whether it asks for all there is.
  bool everything() const { return all_rows() && explain; }
  // The same text for the same question, however it was spelled.
  std::string text() const;
};

// The query of an address that knows these parameters. Throws Error{usage} that names the parameter
// whose value is wrong or repeated, or the known ones where one is unknown.
ListQuery parse_list_query(const Target& target, std::span<const std::string_view> known);

}  // namespace aml::http
