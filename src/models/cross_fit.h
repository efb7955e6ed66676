#pragma once

#include <span>
#include <string>
#include <vector>

#include "forest/model.h"
#include "models/ground_truth.h"
#include "models/held_back.h"
#include "models/train.h"

namespace aml::models {

// One day's rows of a task.
struct FitDay {
  LabelledRows rows;
  std::vector<std::string>
      keys;  // by row of the matrix: what belongs together (alerts: the address)
};

// Raw scores of one day by models that had not learned from it, or from the row's key.
struct HeldBackScores {
  std::vector<double> raw;           // by row of the matrix; empty where the day was not held back
  bool is_out_of_time = false;       // the models learned from earlier days alone
  std::vector<std::size_t> learned;  // positions of those days
};

// A model of all days, and what models like it say of the days that they did not learn from.
struct CrossFit {
  std::string model_text;
  std::vector<HeldBackScores> held_back;  // by day
};

// The last columns of the days' matrices, which depend on what a fit learned from: by fit of the
// plan, day and column.
using ColumnsByFit = std::vector<std::vector<std::vector<std::vector<double>>>>;

// Trains on all `days`, and once more for each of `plan`, with `last_columns` in place of the
// matrices' own where there are any. The same input gives the same bytes whatever the number of
// threads, of which each grows one model.
CrossFit cross_fit(std::span<const FitDay> days, std::span<const HeldBackFit> plan,
                   const TrainParameters& parameters, int threads,
                   const ColumnsByFit& last_columns = {});

// What models of so many trees, for each of `stages`, say of the days that the fits of `plan`
// score, as held_back of a cross_fit: by stage, then by day. On the caller's thread.
std::vector<std::vector<HeldBackScores>> staged_scores(std::span<const FitDay> days,
                                                       std::span<const HeldBackFit> plan,
                                                       const TrainParameters& parameters,
                                                       std::span<const int> stages,
                                                       const ColumnsByFit& last_columns = {});

// What a model says of every row, in its raw units; of an averaged forest the mean of its trees.
std::vector<double> raw_scores(const forest::Model& model, const features::FeatureMatrix& matrix,
                               const std::filesystem::path& model_path);

// `rows` of `day` only.
LabelledRows chosen_rows(const LabelledRows& day, const std::vector<bool>& is_chosen);

}  // namespace aml::models
