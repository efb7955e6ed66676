#pragma once

#include <string>
#include <vector>

namespace aml::features {

// The one of `names` that `word` is the fewest typing errors away from (letters added, left out or
// other ones); of several the first. REQUIRES: names is not empty.
std::string nearest_name(const std::string& word, const std::vector<std::string>& names);

}  // namespace aml::features
