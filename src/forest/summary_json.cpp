#include "forest/summary_json.h"

namespace aml::forest {

nlohmann::ordered_json summary_json(const Forest& forest, const ForestSummary& summary) {
  return {{"objective", forest.objective},
          {"average_output", forest.average_output},
          {"explainable", forest.explainable},
          {"pandas_categories", forest.pandas_categories},
          {"trees", summary.trees},
          {"leaves", summary.leaves},
          {"fewest_leaves", summary.fewest_leaves},
          {"most_leaves", summary.most_leaves},
          {"depth", summary.depth},
          {"splits", summary.leaves - summary.trees},
          {"categorical_splits", summary.categorical_splits}};
}

}  // namespace aml::forest
