#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/ground_truth.h"
#include "models/lightgbm_parameters.h"
#include "models/training_rows.h"

namespace aml::models {

// How a model is grown: LightGBM's parameters by their proper names. Everything not named here is
// LightGBM's default.
struct TrainParameters {
  std::string objective = "binary";
  // Measured on later days than those learned from (docs/models.md): no class weights.
  LightGbmParameters values{
      {"num_leaves", "31"},        {"num_iterations", "300"},
      {"learning_rate", "0.05"},   {"feature_fraction", "0.3"},
      {"bagging_fraction", "0.8"}, {"bagging_freq", "1"},
      {"min_data_in_leaf", "40"},  {"lambda_l2", "5"},
      {"extra_trees", "true"},     {"seed", "42"},
      {"data_random_seed", "42"},
  };

  // These with some replaced or added.
  TrainParameters with(const LightGbmParameters& others) const;
  int trees() const;
  // As LightGBM takes them: "objective=binary num_leaves=31 …".
  std::string text() const;
};

// Labelled rows of one or more days, binned. Works on the caller's thread alone, so the models do
// not depend on how many threads there are.
class Trainer {
 public:
  // What is learned from may go afterwards. Throws what rows_of() throws.
  Trainer(std::span<const LabelledRows> days, TrainParameters parameters);
  // REQUIRES: there are rows.
  Trainer(const TrainingRows& rows, TrainParameters parameters);
  // Of some of another's rows, by their numbers, ascending, with its parameters and its bins: so
  // several models of nearly the same rows are binned once. `all` may go afterwards. REQUIRES:
  // there are rows.
  Trainer(const Trainer& all, std::span<const std::int32_t> rows);
  ~Trainer();
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  // The trained model as LightGBM text, with the feature names. The same input and parameters give
  // the same bytes.
  std::string train() const;
  // Likewise what the model is once it has so many trees, for each of `stages`; where growing ends
  // earlier, what it is then. REQUIRES: stages are ascending, and at least 1.
  std::vector<std::string> train(std::span<const int> stages) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace aml::models
