#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "flows/feature.h"

namespace aml::flows {

// The features of a list of addresses, of several sets, some thousands of rows at a time: a day's
// would take hundreds of megabytes at once. The question and the sets must live as long.
class FeatureBlocks {
 public:
  FeatureBlocks(const Question& question, std::span<const FeatureSet> sets,
                std::vector<Address> addresses);

  // By set, of a block that holds the row. Rows are asked for in order.
  const std::vector<Columns>& block(std::size_t row);
  // Where the row stands in that block.
  std::size_t place(std::size_t row) const { return row - begin_; }
  // Of that block.
  std::size_t rows() const { return end_ - begin_; }

 private:
  void compute(std::size_t begin);

  std::span<const FeatureSet> sets_;
  std::vector<Address> addresses_;
  std::vector<Filler> fillers_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::vector<Columns> columns_;
};

}  // namespace aml::flows
