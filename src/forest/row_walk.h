#pragma once

#include <cstddef>

#include "forest/forest.h"
#include "forest/model_input.h"

namespace aml::forest {

// Whether a row goes to the left of that node of the tree. REQUIRES: `value` is without_tiny() one
// of the node's feature.
bool goes_left(const Tree& tree, const Node& node, double value);

// The raw score of one row, from root to leaf tree by tree: the bits that SplitTable and Scorer
// give. They decide every split of the forest for 64 rows at once, which costs too much for one.
// REQUIRES: input.columns are the forest's features, row < input.rows.
double walk_row(const Forest& forest, const ModelInput& input, std::size_t row);

}  // namespace aml::forest
