#pragma once

#include <map>
#include <string>
#include <vector>

namespace aml::models {

// LightGBM's parameters that `train` takes, by their proper names: "num_leaves" → "31".
using LightGbmParameters = std::map<std::string, std::string>;

// The parameters in "key=value" texts. A key may be an alias ("num_trees"); the map has its proper
// name. Throws Error{usage} for a text of another form, a key that LightGBM does not know (with the
// nearest that it does), one that `train` fixes or has no use for, a key that is there twice, and a
// value that LightGBM does not take.
LightGbmParameters parse_parameters(const std::vector<std::string>& texts);

// The most trees that a model may have.
inline constexpr int kMaxTrees = 10000;

}  // namespace aml::models
