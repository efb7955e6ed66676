#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "forest/model.h"

namespace aml::python {

// A column of numbers as Python has them: `stride` bytes lie between one and the next.
struct Column {
  const std::byte* data = nullptr;
  std::ptrdiff_t stride = 0;
  bool is_float = false;  // 32 bits; otherwise a double
};

// Rows of columns, all of the same length, in the order of a model's features. A view.
struct Rows {
  std::vector<Column> columns;
  std::size_t count = 0;
};

// raw[i]: the raw score of row i. Columns of doubles side by side are read where they lie; others
// are copied some hundred rows at a time.
void predict_raw(const forest::Model& model, const Rows& rows, int threads, std::span<double> raw);

// contributions[i·(features + 1) + f], the last of each row the base value. Throws
// Error{bad_input} where the model's nodes have no training rows.
void explain(const forest::Model& model, const Rows& rows, int threads,
             std::span<double> contributions);

}  // namespace aml::python
