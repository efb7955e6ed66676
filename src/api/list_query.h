#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "http/target.h"

namespace aml::api {

// The parameters that the lists take; see docs/api.md.
struct ListQuery {
  // Of limit and offset: the largest whole number that every JSON reader knows.
  static constexpr std::uint64_t kMaxCount = 9'007'199'254'740'991;

  std::optional<std::uint64_t> limit{};
  std::uint64_t offset = 0;
  std::optional<double> min_score{};
  bool explain = true;

  // Whether it asks for all there is.
  bool everything() const { return !limit && offset == 0 && !min_score && explain; }
  // The same text for the same question, however it was spelled.
  std::string text() const;
};

// Throws Error{usage} that names the parameter whose value is wrong or repeated, or the known ones
// where one is unknown.
ListQuery parse_list_query(const http::Target& target);

}  // namespace aml::api
