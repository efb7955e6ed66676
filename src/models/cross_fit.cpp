#include "models/cross_fit.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include "base/threads.h"
#include "forest/forest_text.h"
#include "forest/model.h"
#include "forest/objective.h"
#include "models/match_features.h"

namespace aml::models {

namespace {

constexpr const char* kName = "a model that is being trained";

// The labelled rows of a day that a fit learns from.
LabelledRows learned_rows(const FitDay& day, int fold) {
  if (fold == 0) return day.rows;
  std::vector<bool> is_learned(day.rows.matrix->rows());
  for (std::size_t row = 0; row < is_learned.size(); ++row) {
    is_learned[row] = address_fold(day.keys[row]) != fold;
  }
  return chosen_rows(day.rows, is_learned);
}

// What a model of `rows` says once it has so many trees, or, where they are of one class alone and
// teach nothing, their log-odds.
class FittedModel {
 public:
  FittedModel(std::span<const LabelledRows> rows, const TrainParameters& parameters,
              std::span<const int> stages) {
    double count = 0;
    double positives = 0;
    for (const LabelledRows& day : rows) {
      count += static_cast<double>(day.rows.size());
      positives += static_cast<double>(day.positives());
    }
    if (positives == 0 || positives == count) {
      log_odds_ = std::log((positives + 0.5) / (count - positives + 0.5));
      return;
    }
    texts_ = Trainer(rows, parameters).train(stages);
  }

  std::vector<double> scores(const features::FeatureMatrix& matrix, std::size_t stage) const {
    if (texts_.empty()) return std::vector<double>(matrix.rows(), log_odds_);
    return raw_scores(forest::Model(forest::read_forest(texts_[stage], kName), kName), matrix,
                      kName);
  }

 private:
  std::vector<std::string> texts_;
  double log_odds_ = 0;
};

// The day's matrix with other last columns.
features::FeatureMatrix with_last(const features::FeatureMatrix& matrix,
                                  const std::vector<std::vector<double>>& last) {
  features::FeatureMatrix changed = matrix;
  std::copy(last.begin(), last.end(), changed.columns.end() - std::ssize(last));
  return changed;
}

// The scores of each of the fit's scored days, by stage. `last` has the fit's own last columns by
// day.
using StagedDays = std::vector<std::vector<std::vector<double>>>;
StagedDays run_fit(std::span<const FitDay> days, const HeldBackFit& fit,
                   const TrainParameters& parameters, std::span<const int> stages,
                   const std::vector<std::vector<std::vector<double>>>* last) {
  std::vector<std::unique_ptr<features::FeatureMatrix>> changed(days.size());
  const auto matrix_of = [&](std::size_t day) -> const features::FeatureMatrix& {
    if (last == nullptr) return *days[day].rows.matrix;
    if (!changed[day]) {
      changed[day] = std::make_unique<features::FeatureMatrix>(
          with_last(*days[day].rows.matrix, (*last)[day]));
    }
    return *changed[day];
  };
  std::vector<LabelledRows> rows;
  for (const std::size_t day : fit.learned) {
    rows.push_back(learned_rows(days[day], fit.address_fold));
    rows.back().matrix = &matrix_of(day);
  }
  const FittedModel model(rows, parameters, stages);
  StagedDays scores(stages.size());
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    for (const std::size_t day : fit.scored) {
      scores[stage].push_back(model.scores(matrix_of(day), stage));
    }
  }
  return scores;
}

void take_scores(const FitDay& day, const HeldBackFit& fit, const std::vector<double>& scores,
                 HeldBackScores& taken) {
  taken.is_out_of_time = fit.is_out_of_time;
  taken.learned = fit.learned;
  taken.raw.resize(scores.size());
  for (std::size_t row = 0; row < scores.size(); ++row) {
    if (fit.address_fold == 0 || address_fold(day.keys[row]) == fit.address_fold) {
      taken.raw[row] = scores[row];
    }
  }
}

void take_fit(std::span<const FitDay> days, const HeldBackFit& fit,
              const std::vector<std::vector<double>>& scores, std::vector<HeldBackScores>& taken) {
  for (std::size_t i = 0; i < fit.scored.size(); ++i) {
    const std::size_t day = fit.scored[i];
    take_scores(days[day], fit, scores[i], taken[day]);
  }
}

}  // namespace

CrossFit cross_fit(std::span<const FitDay> days, std::span<const HeldBackFit> plan,
                   const TrainParameters& parameters, int threads,
                   const ColumnsByFit& last_columns) {
  CrossFit result;
  std::vector<std::vector<std::vector<double>>> scores(plan.size());
  const int trees = parameters.trees();
  // The first is the model of all days, the longest.
  parallel_blocks(plan.size() + 1, 1, threads, [&](std::size_t i, std::size_t) {
    if (i > 0) {
      scores[i - 1] = run_fit(days, plan[i - 1], parameters, std::span(&trees, 1),
                              last_columns.empty() ? nullptr : &last_columns[i - 1])
                          .front();
      return;
    }
    std::vector<LabelledRows> rows;
    for (const FitDay& day : days) rows.push_back(day.rows);
    result.model_text = Trainer(rows, parameters).train();
  });
  result.held_back.resize(days.size());
  for (std::size_t i = 0; i < plan.size(); ++i) {
    take_fit(days, plan[i], scores[i], result.held_back);
  }
  return result;
}

std::vector<std::vector<HeldBackScores>> staged_scores(std::span<const FitDay> days,
                                                       std::span<const HeldBackFit> plan,
                                                       const TrainParameters& parameters,
                                                       std::span<const int> stages,
                                                       const ColumnsByFit& last_columns) {
  std::vector<std::vector<HeldBackScores>> taken(stages.size(),
                                                 std::vector<HeldBackScores>(days.size()));
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const StagedDays scores = run_fit(days, plan[i], parameters, stages,
                                      last_columns.empty() ? nullptr : &last_columns[i]);
    for (std::size_t stage = 0; stage < stages.size(); ++stage) {
      take_fit(days, plan[i], scores[stage], taken[stage]);
    }
  }
  return taken;
}

std::vector<double> raw_scores(const forest::Model& model, const features::FeatureMatrix& matrix,
                               const std::filesystem::path& model_path) {
  const forest::ModelInput input = match_features(matrix, model, model_path);
  std::vector<double> raw(input.rows);
  model.predict_raw(input, 0, raw);
  const double divisor = forest::raw_divisor(model.forest());
  for (double& score : raw) score /= divisor;
  return raw;
}

LabelledRows chosen_rows(const LabelledRows& day, const std::vector<bool>& is_chosen) {
  LabelledRows chosen;
  chosen.matrix = day.matrix;
  for (std::size_t i = 0; i < day.rows.size(); ++i) {
    if (!is_chosen[day.rows[i]]) continue;
    chosen.rows.push_back(day.rows[i]);
    chosen.labels.push_back(day.labels[i]);
    if (!day.weights.empty()) chosen.weights.push_back(day.weights[i]);
  }
  return chosen;
}

}  // namespace aml::models
