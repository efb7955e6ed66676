#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "features/feature_matrix.h"
#include "features/registry.h"
#include "features/sql_identity.h"
#include "forest/model.h"
#include "models/card_file.h"
#include "results/metadata.h"
#include "results/rows.h"

// Where models and results meet: a matrix and a model in, published rows out.
namespace aml::scoring {

// A model with what a batch says of it.
struct LoadedModel {
  std::filesystem::path path;
  results::ModelRecord record;
  std::unique_ptr<forest::Model> model;
  models::CardFacts card{};
};

// That version of a task's model in `models_dir`, or the highest.
LoadedModel load_task_model(const std::filesystem::path& models_dir, const std::string& task,
                            const std::string& version = "");

// What a batch keeps of the models' cards, {"alert_scorer": {…}, …}: all but the meanings of their
// features, which the batch has itself, the profile of their days, which is for programs, and each
// trial of a search; null of a model without a card.
std::string cards_as_json(const std::map<std::string, const LoadedModel*>& models);

// Notes in the model's record whether it was trained with the feature SQL `used`, as its card says.
void compare_feature_sql(LoadedModel& model, const features::SqlIdentity& used);

// A warning for the models that were trained with other feature SQL, which names what differs;
// those of which the same is said share one.
std::vector<std::string> feature_sql_warnings(const std::vector<const LoadedModel*>& models);

struct ScoringOptions {
  int threads = 1;
  std::size_t top_features = 10;  // in explain_json
  std::string progress;           // what the progress bar says
  // What the features are, for the families of explanations: those without are of none.
  std::span<const features::Feature> registry{};
};

// A row per row of `matrix`, in its order: score, explanation, and the time its block took divided
// by the block's rows. All but the time is the same whatever the number of threads.
std::vector<results::ScoredRow> score_rows(const features::FeatureMatrix& matrix,
                                           const LoadedModel& scorer,
                                           const ScoringOptions& options);

// The published score of each row, in the matrix's order.
std::vector<double> scores_of(const features::FeatureMatrix& matrix, const LoadedModel& model,
                              int threads);

// Ranks 1..n of what the ranker says, the highest score first; equal scores by alert_id ascending.
// `explains`: with its explanations, of a ranker that is another model than the alert scorer.
std::vector<results::RankedRow> rank_rows(std::span<const results::ScoredRow> scored,
                                          bool explains);

}  // namespace aml::scoring
