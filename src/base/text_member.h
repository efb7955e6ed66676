#pragma once

#include <string>

namespace aml {

// The member of a JSON object where that is text; otherwise `otherwise`. The library's own value()
// throws where a stranger has put something else there.
template <typename Json>
std::string text_member(const Json& object, const char* name, std::string otherwise = "") {
  if (!object.is_object()) return otherwise;
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return otherwise;
  return found->template get<std::string>();
}

}  // namespace aml
