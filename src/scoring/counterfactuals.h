#pragma once

#include <cstddef>
#include <string>

#include "features/feature_matrix.h"
#include "results/writer.h"
#include "scoring/scoring.h"

namespace aml::scoring {

// Of each of the first `many` ranks, which change would take it out of them: the nearest one, as
// forest/counterfactual.h defines it, by which the ranker says less of it than of the alert behind
// them. What may change are features of the address, its flows, patterns and neighbours, and of
// groups of one's own: not what the producer's alert is, and not what became of earlier ones. As
// JSON, docs/output.md; an alert a line, in the order of the ranks. Without alerts behind them
// there is no line to fall below, and none are named.
// REQUIRES: `batch` has the matrix's rows in its order, and their ranking
std::string counterfactuals_as_json(const features::FeatureMatrix& matrix,
                                    const LoadedModel& ranker, std::size_t many,
                                    const ScoringOptions& options, const results::Batch& batch);

}  // namespace aml::scoring
