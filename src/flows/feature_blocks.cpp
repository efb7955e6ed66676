#include "flows/feature_blocks.h"

#include <algorithm>
#include <utility>

namespace aml::flows {

namespace {

// A multiple of DuckDB's vectors of 2,048 rows, so that none lies in two blocks; the columns of a
// block take a few megabytes.
constexpr std::size_t kBlockRows = 16 * 2048;

std::vector<Filler> prepared(const Question& question, std::span<const FeatureSet> sets) {
  std::vector<Filler> fillers;
  for (const FeatureSet& set : sets) fillers.push_back(set.prepare(question));
  return fillers;
}

}  // namespace

PreparedSets::PreparedSets(std::shared_ptr<const Graph> graph, int threads)
    : graph_(std::move(graph)), question_{.graph = *graph_, .threads = threads, .cuts = &cuts_} {}

Filler PreparedSets::of(const FeatureSet& set) {
  std::shared_ptr<const Filler>& filler = fillers_[set.name];
  if (!filler) filler = std::make_shared<const Filler>(set.prepare(question_));
  // Not a copy, which would be one of all that was prepared.
  return [filler, graph = graph_](std::span<const Address> addresses, Columns& columns) {
    (*filler)(addresses, columns);
  };
}

FeatureBlocks::FeatureBlocks(const Question& question, std::span<const FeatureSet> sets,
                             std::vector<Address> addresses)
    : FeatureBlocks(prepared(question, sets), sets, std::move(addresses)) {}

FeatureBlocks::FeatureBlocks(std::vector<Filler> fillers, std::span<const FeatureSet> sets,
                             std::vector<Address> addresses)
    : sets_(sets), addresses_(std::move(addresses)), fillers_(std::move(fillers)) {}

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
