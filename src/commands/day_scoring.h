#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "commands/stages.h"
#include "commands/task_models.h"
#include "features/build.h"
#include "models/alert_facts.h"
#include "results/metadata.h"
#include "results/rows.h"
#include "results/writer.h"

namespace aml::commands {

// What is known of the day before it is scored.
struct DayInput {
  features::SnapshotFeatures features;
  models::AlertFacts facts;
};

struct ScoringChoices {
  int threads = 1;
  std::size_t top_features = 10;
  std::size_t full_explanations = 200;  // ranks that are explained to a tenth
  std::size_t counterfactuals = 0;      // ranks of which what would be otherwise is looked for
  std::string write_matrix{};           // folder for the matrices; empty: nowhere
  std::string groups_dir{};             // of another engine, which may have scored alerts
};

struct ScoredDay {
  results::Batch batch;
  results::FitRecord fit;
  // Rows that another engine scored and that are published, of both models where the ranker is
  // another one.
  std::int64_t rows_elsewhere = 0;
};

// What the models say of the day, stage by stage: `process` without its files. On a foreign day the
// fallback scorer takes the alert scorer's place in `models`, where there is one. Counterfactuals
// go into `folder`. Throws as the stages do.
ScoredDay score_day(DayInput& day, TaskModels& models, const ScoringChoices& choices,
                    const std::filesystem::path& folder, Stages& stages);

}  // namespace aml::commands
