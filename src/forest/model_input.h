#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace aml::forest {

// Feature columns in the order a model names them: columns[f] has `rows` doubles, NaN = missing.
// A view: what it was made of must outlive it.
struct ModelInput {
  std::vector<std::span<const double>> columns;
  std::size_t rows = 0;
};

}  // namespace aml::forest
