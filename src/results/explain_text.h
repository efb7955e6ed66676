#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace aml::results {

// The features of one explanation by size of their contribution, as a table for a terminal of 80
// columns: name, value, contribution, and a bar to the left (lowers the score) or to the right
// (raises it) whose length is its share of the largest. The `top` features that are not zero are
// named, equal ones in the order of `names`; one more line sums up the others. The base value and
// the sum of all, the raw score, close it.
// REQUIRES: contributions has one entry per name and then the base value; values one per name.
std::string explain_text(const std::vector<std::string>& names,
                         std::span<const double> contributions, std::span<const double> values,
                         std::size_t top);

// Places of the contributions that are not zero, the largest in size first, equal ones in order.
std::vector<std::size_t> by_size(std::span<const double> contributions);

}  // namespace aml::results
