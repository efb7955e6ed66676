#pragma once

#include <algorithm>
#include <cctype>
#include <string>

namespace aml {

// The text with its ASCII capitals as small letters.
inline std::string in_lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace aml
