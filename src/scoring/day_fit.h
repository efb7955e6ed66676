#pragma once

#include "features/build.h"
#include "models/alert_facts.h"
#include "results/metadata.h"
#include "scoring/scoring.h"

namespace aml::scoring {

// Whether the day is of the kind that the alert scorer learned from, as its card says what that
// was; "unknown" where the card does not say. REQUIRES: `scored` has the day's alerts
results::FitRecord fit_of_day(const LoadedModel& scorer, const features::SnapshotFeatures& features,
                              const models::AlertFacts& facts,
                              std::span<const results::ScoredRow> scored);

// What each alert's score says: its probability, or the score of a model without a calibration.
std::vector<double> probabilities_of(std::span<const results::ScoredRow> scored);
std::vector<double> probabilities_of(const features::FeatureMatrix& alerts,
                                     const LoadedModel& scorer);

// Adds what is said of the alerts to the clusters' matrix and to the registry of the features.
void add_scores_to_clusters(const models::AlertFacts& facts, std::span<const double> probabilities,
                            features::SnapshotFeatures& features);

// A sentence where the cluster scorer learned from other alert scores than this scorer's; else "".
std::string other_scores_warning(const LoadedModel& cluster_scorer, const LoadedModel& scorer);

}  // namespace aml::scoring
