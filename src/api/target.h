#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aml::api {

// A request target taken apart.
struct Target {
  std::vector<std::string>
      segments;  // of the path, percent-decoded: {"scores", "alerts", "latest"}
  std::vector<std::pair<std::string, std::string>> parameters;  // of the query, decoded, in order
};

// Takes "/a/b?c=d" apart, also where scheme and host stand before it (RFC 9112, 3.2.2). A slash
// that is written %2F belongs to its segment. Throws Error{usage} where the target is neither,
// holds a percent sign that two hex digits do not follow, or spells control characters or bytes
// that are not UTF-8.
Target parse_target(std::string_view target);

// The parameters that the lists take; see docs/api.md.
struct ListQuery {
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
ListQuery parse_list_query(const Target& target);

// Throws Error{usage} where the target has any parameter.
void refuse_parameters(const Target& target);

}  // namespace aml::api
