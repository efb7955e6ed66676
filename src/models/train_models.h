#pragma once

#include <array>
#include <filesystem>
#include <string>

#include "models/lightgbm_parameters.h"
#include "models/model_file.h"
#include "models/search.h"
#include "models/training_day.h"

// The stock recipe: what `aml-miner train` makes of days whose truth is known. A validator follows
// the same recipe to know what anyone can make of published data.
namespace aml::models {

inline constexpr std::array<const char*, 3> kTasks{kAlertScorer, kAlertRanker, kClusterScorer};

struct Recipe {
  std::string version = "1.0.0";
  LightGbmParameters parameters{};  // in place of the recipe's own
  SearchOptions search{};           // for the alert scorer's parameters
  int threads = 1;
  bool fallback = false;  // also a model of what holds anywhere, for foreign days
};

// By which parameters LightGBM is asked where Recipe gives no others: another text, other models of
// the same days.
std::string recipe_text();

// The alert scorer of `days`, written with its card into `directory`, which must be there, and
// judged on `holdout` (may be empty). The same days in the same order give the same bytes whatever
// the threads. Throws Error{bad_input} where the labelled rows are not of both classes, the days'
// features differ, or a validator would fine the published scores of a held-out day.
void train_alert_scorer(TrainingDays days, TrainingDays holdout, const Recipe& recipe,
                        const std::filesystem::path& directory);

// All three models, and with days that have their addresses the first stage before them, likewise:
// the ranker is the alert scorer's order under its own name, and the cluster scorer sees what the
// alert scorer says of a cluster's alerts. Adds these columns to the days' clusters. With
// Recipe::fallback also a fallback scorer, which learns from the alerts' portable features alone.
void train_models(TrainingDays days, TrainingDays holdout, const Recipe& recipe,
                  const std::filesystem::path& directory);

}  // namespace aml::models
