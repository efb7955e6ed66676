#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/cross_fit.h"
#include "models/held_back.h"
#include "models/lightgbm_parameters.h"
#include "models/train.h"

// A random search for parameters (Bergstra and Bengio, 2012), judged on later days than those that
// the models learn from: what `train --search` does.
namespace aml::models {

// So many that the card, which keeps them all, can be read again (card_file.h).
inline constexpr std::size_t kMostTrials = 1000;

struct SearchOptions {
  std::size_t trials = 0;             // 0: no search
  std::optional<double> seconds{};    // no trial begins later than this
  std::filesystem::path trials_file;  // keeps what is done; "" for no file
};

// How a model orders the days that judge it once it has so many trees.
struct TrialStage {
  int trees = 0;
  double points = 0;                  // 0.3 AUC-ROC + 0.2 AUC-PR, the mean of the days
  std::vector<double> points_by_day;  // of Search::days
};

struct Trial {
  LightGbmParameters parameters;  // in place of the recipe's
  std::vector<TrialStage> stages;

  // The stage with most points; of several the one with fewest trees.
  const TrialStage& best() const;
};

// What was tried, and what is best.
struct Search {
  std::string seed;
  std::vector<std::size_t> days;  // positions of the days that judge
  bool is_nested = false;         // the calibration is made of other days
  int recipe_trees = 0;
  std::vector<Trial> trials{};  // by number; the first is the recipe
  std::size_t chosen = 0;

  // Of the recipe with its own number of trees.
  double recipe_points() const;
  // What the chosen trial has in place of the recipe's, its trees among them.
  LightGbmParameters best() const;
};

// Tries `options.trials` sets of parameters, the recipe itself first; `given` are the recipe's that
// are not drawn. The same input gives the same result whatever the number of threads, of which each
// runs one trial, and whether trials were kept from an earlier run with the same days and settings;
// where the time ends first, that of as many trials as it has. Throws Error{bad_input} where no day
// that would judge has both classes.
Search search_parameters(std::span<const FitDay> days, const SearchPlan& plan,
                         const TrainParameters& recipe, const LightGbmParameters& given,
                         const SearchOptions& options, int threads,
                         const ColumnsByFit& last_columns = {});

}  // namespace aml::models
