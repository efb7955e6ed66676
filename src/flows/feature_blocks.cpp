#include "flows/feature_blocks.h"

#include <algorithm>
#include <utility>

namespace aml::flows {

namespace {

// A multiple of DuckDB's vectors of 2,048 rows, so that none lies in two blocks; the columns of a
// block take a few megabytes.
constexpr std::size_t kBlockRows = 16 * 2048;

}  // namespace

FeatureBlocks::FeatureBlocks(const Question& question, std::span<const FeatureSet> sets,
                             std::vector<Address> addresses)
    : sets_(sets), addresses_(std::move(addresses)) {
  for (const FeatureSet& set : sets) fillers_.push_back(set.prepare(question));
}

const std::vector<Columns>& FeatureBlocks::block(std::size_t row) {
  if (row >= end_) compute(row);
  return columns_;
}

void FeatureBlocks::compute(std::size_t begin) {
  begin_ = begin;
  end_ = std::min(addresses_.size(), begin + kBlockRows);
  const std::span addresses = std::span(addresses_).subspan(begin_, end_ - begin_);
  columns_.clear();
  for (std::size_t i = 0; i < sets_.size(); ++i) {
    columns_.push_back(empty_columns(sets_[i], addresses.size()));
    fillers_[i](addresses, columns_.back());
    sets_[i].derive(columns_.back());
  }
}

}  // namespace aml::flows
