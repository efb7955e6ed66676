#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "forest/forest.h"

namespace aml::forest {

// How much a forest makes of a feature; LightGBM's feature_importance(), both kinds.
struct Importance {
  std::string feature;
  std::int64_t splits = 0;  // nodes that ask it
  double gain = 0;          // what they gained, summed
};

// What a forest looks like from afar.
struct ForestSummary {
  std::size_t trees = 0;
  std::size_t leaves = 0;  // of all trees
  std::size_t fewest_leaves = 0;
  std::size_t most_leaves = 0;
  std::size_t depth = 0;  // splits on the longest path
  std::size_t categorical_splits = 0;
  std::vector<Importance> importances;  // in the order of the forest's features

  std::size_t used_features() const;
};

ForestSummary summarize(const Forest& forest);

}  // namespace aml::forest
