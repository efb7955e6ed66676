#include "commands/day_scoring.h"

#include <iterator>
#include <vector>

#include "base/files.h"
#include "base/log.h"
#include "commands/foreign_day.h"
#include "commands/published_rows.h"
#include "results/matrix_writer.h"
#include "scoring/counterfactuals.h"
#include "scoring/day_fit.h"
#include "scoring/explanations.h"
#include "scoring/scoring.h"

namespace aml::commands {

using features::RowKind;

namespace {

// What the model says of each alert; another engine may have asked it already, which adds to
// `elsewhere`.
std::vector<results::ScoredRow> score_alerts(const DayInput& day, const scoring::LoadedModel& model,
                                             const std::string& groups_dir,
                                             const scoring::ScoringOptions& how,
                                             std::int64_t& elsewhere) {
  const features::FeatureMatrix& alerts = day.features.alerts;
  auto rows = read_published_rows(groups_dir, alerts, model, how.top_features);
  if (!rows) return scoring::score_rows(alerts, model, how);
  elsewhere += std::ssize(*rows);
  return *std::move(rows);
}

// A ranker that is the alert scorer under another name has ranked already, and is explained.
std::vector<results::RankedRow> rank_alerts(const DayInput& day, const TaskModels& models,
                                            const std::vector<results::ScoredRow>& scored,
                                            const std::string& groups_dir,
                                            const scoring::ScoringOptions& how,
                                            std::int64_t& elsewhere) {
  if (models.alert_ranker.record.sha256 == models.alert_scorer.record.sha256) {
    return scoring::rank_rows(scored, /*explains=*/false);
  }
  return scoring::rank_rows(score_alerts(day, models.alert_ranker, groups_dir, how, elsewhere),
                            /*explains=*/true);
}

// The fallback scorer takes the place of the alert scorer and the ranker, and ranks by its scores.
// Clusters keep what their model says of the alert scorer's alerts, as it learned to.
void score_by_fallback(const features::SnapshotFeatures& features, TaskModels& models,
                       const scoring::ScoringOptions& how, results::Batch& batch) {
  batch.alerts = scoring::score_rows(features.alerts, *models.fallback, how);
  batch.ranking = scoring::rank_rows(batch.alerts, /*explains=*/false);
  models.alert_scorer.record = models.fallback->record;
  models.alert_ranker.record = models.fallback->record;
}

void tell_sanctioned(const std::vector<std::string>& alert_ids) {
  if (alert_ids.empty()) return;
  log::warning("alerts about sanctioned addresses, whatever their scores",
               {{"alerts", std::ssize(alert_ids)}, {"first", alert_ids.front()}});
}

// How rows of a kind are scored, under the name of what is done.
class How {
 public:
  How(const ScoringChoices& choices, const features::SnapshotFeatures& features)
      : choices_(choices), features_(features) {}
  scoring::ScoringOptions of(RowKind kind, const char* progress) const {
    return {choices_.threads, choices_.top_features, progress, features_.registry_of(kind)};
  }

 private:
  const ScoringChoices& choices_;
  const features::SnapshotFeatures& features_;
};

ScoredDay score_all(DayInput& day, const TaskModels& models, const How& how,
                    const ScoringChoices& choices, Stages& stages) {
  features::SnapshotFeatures& features = day.features;
  ScoredDay scored;
  results::Batch& batch = scored.batch;
  batch.alerts = stages.run("score_alerts", [&] {
    return score_alerts(day, models.alert_scorer, choices.groups_dir,
                        how.of(RowKind::alert, "score alerts"), scored.rows_elsewhere);
  });
  batch.ranking = stages.run("rank_alerts", [&] {
    return rank_alerts(day, models, batch.alerts, choices.groups_dir,
                       how.of(RowKind::alert, "rank alerts"), scored.rows_elsewhere);
  });
  scoring::add_scores_to_clusters(day.facts, scoring::probabilities_of(batch.alerts), features);
  if (!choices.write_matrix.empty()) {
    stages.run("write_matrix", [&] {
      results::write_matrices(choices.write_matrix, features.alerts, features.clusters);
    });
  }
  batch.clusters = stages.run("score_clusters", [&] {
    return scoring::score_rows(features.clusters, models.cluster_scorer,
                               how.of(RowKind::cluster, "score clusters"));
  });
  return scored;
}

// Why the first stage says what it says around the first ranks.
std::string address_reasons(const DayInput& day, const scoring::FirstStage& first_stage,
                            std::size_t many, const results::Batch& batch) {
  many = scoring::first_ranks(batch, many);
  std::vector<std::string> ids;
  std::vector<std::int64_t> subjects;
  for (const std::size_t place : scoring::places_of(day.features.alerts, batch.ranking, many)) {
    ids.push_back(day.features.alerts.ids[place]);
    subjects.push_back(day.facts.subjects[place]);
  }
  return first_stage.reasons()->as_json(first_stage.model(), ids, subjects);
}

// Of the first ranks: their explanations in full, and what would take them out.
void look_closer(const DayInput& day, const TaskModels& models, bool falls_back,
                 const ScoringChoices& choices, const How& how, const std::filesystem::path& folder,
                 Stages& stages, results::Batch& batch) {
  const features::FeatureMatrix& alerts = day.features.alerts;
  const scoring::LoadedModel& ranker = falls_back ? *models.fallback : models.alert_ranker;
  stages.run("explain_first_ranks", [&] {
    scoring::explain_first_ranks(alerts, falls_back ? *models.fallback : models.alert_scorer,
                                 ranker, choices.full_explanations,
                                 how.of(RowKind::alert, "explain ranks"), batch);
  });
  if (models.first_stage && models.first_stage->reasons() && !falls_back) {
    stages.run("explain_addresses", [&] {
      write_file_atomically(
          folder / results::kFirstStageFile,
          address_reasons(day, *models.first_stage, choices.full_explanations, batch));
    });
  }
  if (models.first_stage) models.first_stage->forget_addresses();
  if (choices.counterfactuals == 0) return;
  stages.run("counterfactuals", [&] {
    write_file_atomically(
        folder / results::kCounterfactualsFile,
        scoring::counterfactuals_as_json(alerts, ranker, choices.counterfactuals,
                                         how.of(RowKind::alert, "counterfactuals"), batch));
  });
}

}  // namespace

ScoredDay score_day(DayInput& day, TaskModels& models, const ScoringChoices& choices,
                    const std::filesystem::path& folder, Stages& stages) {
  const features::SnapshotFeatures& features = day.features;
  const How how(choices, features);
  ScoredDay scored = score_all(day, models, how, choices, stages);
  scored.fit = stages.run("fit", [&] {
    return scoring::fit_of_day(models.alert_scorer, features, day.facts, scored.batch.alerts);
  });
  tell_fit(scored.fit);
  const bool falls_back = is_scored_by_fallback(scored.fit, models.fallback);
  if (falls_back) {
    stages.run("score_fallback", [&] {
      score_by_fallback(features, models, how.of(RowKind::alert, "score alerts"), scored.batch);
    });
    scored.fit.scored_by = models.alert_scorer.record.file;
    scored.rows_elsewhere = 0;
    log::info("scored by the fallback", {{"model", scored.fit.scored_by}});
  }
  look_closer(day, models, falls_back, choices, how, folder, stages, scored.batch);
  if (features.sanctioned_alerts) {
    results::mark_sanctioned(scored.batch.alerts, scored.batch.ranking,
                             *features.sanctioned_alerts);
    tell_sanctioned(*features.sanctioned_alerts);
  }
  return scored;
}

}  // namespace aml::commands
