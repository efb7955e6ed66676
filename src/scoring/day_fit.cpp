#include "scoring/day_fit.h"

#include <fmt/format.h>

#include "models/cross_fit.h"
#include "models/fit.h"

namespace aml::scoring {

results::FitRecord fit_of_day(const LoadedModel& scorer, const features::SnapshotFeatures& features,
                              const models::AlertFacts& facts,
                              std::span<const results::ScoredRow> scored) {
  results::FitRecord record;
  record.compared_with = record.scored_by = scorer.record.file;
  if (!scorer.card.profile || scored.empty()) return record;
  std::vector<double> probabilities;
  for (const results::ScoredRow& row : scored) {
    if (row.probability) probabilities.push_back(*row.probability);
  }
  const models::Fit fit = models::compare_day(
      *scorer.card.profile, {.network = features.network,
                             .window_days = features.window_days,
                             .snapshot_sha256 = features.snapshot_sha256,
                             .matrix = &features.alerts,
                             .probabilities = probabilities,
                             .typologies = facts.typology_counts(),
                             .has_other_sql = scorer.record.feature_sql == "other"});
  record.verdict = models::verdict_name(fit.verdict);
  record.reasons = fit.reasons;
  record.features = fit.features;
  record.shifted = fit.shifted;
  for (const models::Shift& shift : fit.largest) {
    record.largest.push_back({shift.feature, shift.index, shift.limit});
  }
  record.mean_index = fit.mean_index;
  record.score_index = fit.score_index;
  return record;
}

std::vector<double> probabilities_of(std::span<const results::ScoredRow> scored) {
  std::vector<double> probabilities;
  for (const results::ScoredRow& row : scored) {
    probabilities.push_back(row.probability.value_or(row.score));
  }
  return probabilities;
}

std::vector<double> probabilities_of(const features::FeatureMatrix& alerts,
                                     const LoadedModel& scorer) {
  std::vector<double> said = models::raw_scores(*scorer.model, alerts, scorer.path);
  const models::PublishedScale& scale = scorer.card.scale;
  for (double& score : said) score = scale.probability(score).value_or(scale.score(score));
  return said;
}

void add_scores_to_clusters(const models::AlertFacts& facts, std::span<const double> probabilities,
                            features::SnapshotFeatures& features) {
  models::add_cluster_scores(facts, probabilities, features.clusters);
  const auto& added = models::cluster_score_features();
  features.registry.insert(features.registry.end(), added.begin(), added.end());
}

std::string other_scores_warning(const LoadedModel& cluster_scorer, const LoadedModel& scorer) {
  const std::string& learned = cluster_scorer.card.alert_scorer_sha256;
  if (learned.empty() || learned == scorer.record.sha256) return "";
  return fmt::format(
      "{} learned from the scores of another alert scorer than {}; train the two together",
      cluster_scorer.record.file, scorer.record.file);
}

}  // namespace aml::scoring
