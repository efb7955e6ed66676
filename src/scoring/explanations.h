#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "features/feature_matrix.h"
#include "forest/model.h"
#include "results/explain_json.h"
#include "results/writer.h"
#include "scoring/scoring.h"

namespace aml::scoring {

// The family of each of the model's features, "other" of those that are not known; none where
// nothing is known of them.
std::vector<std::string> families_of(const forest::Model& model, const ScoringOptions& options);

// Rows of the matrix, of the first `many` ranks. REQUIRES: there are so many, and their ids are
// its.
std::vector<std::size_t> places_of(const features::FeatureMatrix& matrix,
                                   std::span<const results::RankedRow> ranking, std::size_t many);

// How many of the `many` first ranks people are expected to look at: at most one alert in a hundred
// but ten in any case.
std::size_t first_ranks(const results::Batch& batch, std::size_t many);

// What writes the explanations of a model, with the families that the registry tells.
results::ExplainJson explanation_writer(const forest::Model& model, const ScoringOptions& options);

// Explains the first_ranks() of `many` anew, with as many features as leave little unnamed
// (results::ExplainJson::full_text): those are the alerts that people look at, and so many features
// of all alerts would multiply the file. REQUIRES: `batch` has the matrix's rows in its order, and
// their ranking
void explain_first_ranks(const features::FeatureMatrix& matrix, const LoadedModel& scorer,
                         const LoadedModel& ranker, std::size_t many, const ScoringOptions& options,
                         results::Batch& batch);

}  // namespace aml::scoring
