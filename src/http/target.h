#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aml::http {

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

// A name or value of the query as an error message may repeat it: cut where it is long.
std::string shown(std::string_view text);

// Throws Error{usage} where the target has any parameter.
void refuse_parameters(const Target& target);

}  // namespace aml::http
