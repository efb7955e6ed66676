#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/ground_truth.h"

namespace aml::models {

// How a model is grown. Everything not named here is LightGBM's default.
struct TrainParameters {
  std::string objective = "binary";  // or "lambdarank"
  double positive_weight = 1;        // LightGBM's scale_pos_weight; for binary alone
  int leaves = 31;
  int trees = 100;
  double learning_rate = 0.05;
  int seed = 42;

  // As LightGBM takes them: "objective=binary num_leaves=31 …".
  std::string text() const;
};

// LightGBM's lambdarank takes no longer queries; longer days are cut into several of even length.
inline constexpr std::size_t kMaxQueryRows = 10000;

// The lengths of the queries into which a day of `rows` rows is cut: as few as there must be.
std::vector<int> query_lengths(std::size_t rows);

// Labelled rows of one or more days, binned once for several trainings. Works on the caller's
// thread alone, so the models do not depend on how many threads there are.
class Trainer {
 public:
  // Throws Error{bad_input} where the days' matrices do not have the same features or there are no
  // rows. `days` may go afterwards.
  explicit Trainer(std::span<const LabelledRows> days);
  ~Trainer();
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  // The trained model as LightGBM text, with the feature names. The same input and parameters give
  // the same bytes.
  std::string train(const TrainParameters& parameters) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The same model with `shift` added to every raw score (log-odds): it goes into the leaves of the
// first tree, so that the sum of the trees, LightGBM's own predictions and the explanations' base
// value all carry it. Ranks and contributions stay as they are.
std::string shift_model(const std::string& model_text, double shift);

}  // namespace aml::models
