#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "features/registry.h"
#include "features/sql_identity.h"
#include "forest/model.h"
#include "models/ground_truth.h"
#include "models/train.h"

namespace aml::models {

// A day that a model was trained or judged on.
struct DayRecord {
  std::string network;
  std::string processing_date;
  std::int64_t window_days = 0;
  std::string snapshot_sha256;
  std::size_t rows = 0;  // that have a label
  std::size_t positives = 0;
};

// How well a model orders labelled rows, and how its published scores are spread.
struct Evaluation {
  std::vector<DayRecord> days;
  bool has_both_classes = false;  // otherwise the five metrics below are 0 and are not in the card
  double auc_roc = 0;
  double auc_pr = 0;
  double ndcg = 0;
  double ndcg_at_100 = 0;
  double best_f1 = 0;
  double best_f1_threshold = 0;
  double brier = 0;
  double median_score = 0;
  double median_raw = 0;  // of the raw scores (log-odds); not in the card
  double score_variance = 0;
  // The same rows by the producer's own confidence, for comparison; where the features have that
  // column.
  std::optional<double> confidence_auc_roc;
  std::optional<double> confidence_auc_pr;
  double share_near_confidence = 0;  // rows whose score is within 0.01 of it
};

// Scores labelled rows with `model` and judges the result. `confidence` names the matrix's column
// with the producer's confidence; a matrix without it has no baseline. `days` has one record per
// entry of `rows`.
Evaluation evaluate(const forest::Model& model, const std::filesystem::path& model_path,
                    std::span<const LabelledRows> rows, std::span<const DayRecord> days,
                    const std::string& confidence);

// What a model was made of and how good it is: the .json file beside it.
struct ModelCard {
  std::string task;     // "alert_scorer"
  std::string version;  // "1.0.0"
  std::string model_sha256;
  std::string program_version;
  TrainParameters parameters;
  double log_odds_shift = 0;  // see shift_model()
  std::vector<DayRecord> training_days;
  features::SqlIdentity feature_sql;
  std::vector<std::string> feature_groups;  // that it was trained with: "alert__flows", …
  std::vector<features::Feature> features;  // that it sees, in the order of the model's
  Evaluation on_training_days;
  std::optional<Evaluation> held_out;

  std::string to_json() const;
};

}  // namespace aml::models
