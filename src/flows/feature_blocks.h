#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "flows/feature.h"

namespace aml::flows {

// Sets that need no facts, of one graph: each is prepared when it is first asked for, and then
// kept, so that what is done once for all addresses serves every list of them. Not for several
// threads at once.
class PreparedSets {
 public:
  PreparedSets(std::shared_ptr<const Graph> graph, int threads);
  PreparedSets(const PreparedSets&) = delete;
  PreparedSets& operator=(const PreparedSets&) = delete;

  // What is returned may outlive this.
  Filler of(const FeatureSet& set);
  // Of all that was prepared.
  const Cuts& cuts() const { return cuts_; }

 private:
  std::shared_ptr<const Graph> graph_;
  Cuts cuts_;
  Question question_;
  std::map<std::string_view, std::shared_ptr<const Filler>> fillers_;  // by the set's name
};

// The features of a list of addresses, of several sets, some thousands of rows at a time: a day's
// would take hundreds of megabytes at once. The question and the sets must live as long.
class FeatureBlocks {
 public:
  FeatureBlocks(const Question& question, std::span<const FeatureSet> sets,
                std::vector<Address> addresses);
  // Likewise with a filler for each set.
  FeatureBlocks(std::vector<Filler> fillers, std::span<const FeatureSet> sets,
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
