#include "models/recipe.h"

#include "models/model_file.h"
#include "models/train_models.h"

namespace aml::models {

namespace {

// What a search found for alerts, in place of the recipe for all else (docs/models.md).
const LightGbmParameters& found_for_alerts() {
  static const LightGbmParameters found{
      {"num_leaves", "30"},         {"num_iterations", "500"},  {"learning_rate", "0.024"},
      {"feature_fraction", "0.56"}, {"min_data_in_leaf", "14"}, {"lambda_l2", "0.35"},
      {"extra_trees", "false"},
  };
  return found;
}

}  // namespace

TrainParameters recipe_of(const std::string& task) {
  const TrainParameters general;
  return task == kAlertScorer ? general.with(found_for_alerts()) : general;
}

std::string recipe_text() {
  std::string text;
  for (const char* task : kTasks) text += std::string(task) + " " + recipe_of(task).text() + "\n";
  return text;
}

}  // namespace aml::models
