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
#include "models/calibration.h"
#include "models/day_profile.h"
#include "models/ground_truth.h"
#include "models/reliability.h"
#include "models/search.h"
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
  double score_variance = 0;
  // The same rows by the producer's own confidence, for comparison; where the features have that
  // column.
  std::optional<double> confidence_auc_roc;
  std::optional<double> confidence_auc_pr;
  double share_near_confidence = 0;        // rows whose score is within 0.01 of it
  std::optional<Reliability> reliability;  // of the probabilities, where both classes are there
};

// Labelled rows with what a model says of them.
struct EvaluatedRows {
  std::vector<double> scores;       // as published
  JudgedRows judged;                // probability, label and group of each
  std::vector<double> confidences;  // the producer's; empty where the features have none
};

// The labelled rows of one day, whose raw scores `raw` has (by row of the matrix), appended to
// `rows`. `keys` says by row of the matrix what belongs together; `confidence` names the matrix's
// column with the producer's confidence.
void add_evaluated_rows(const LabelledRows& day, std::span<const double> raw,
                        std::span<const std::string> keys, const PublishedScale& scale,
                        const std::string& confidence, EvaluatedRows& rows);

Evaluation evaluate(const EvaluatedRows& rows, std::span<const DayRecord> days);

// How the model orders alerts of one typology, by scores of models that had not learned their day.
struct TypologyRecord {
  std::size_t rows = 0;
  std::size_t positives = 0;
  std::optional<double> auc_roc;  // of both classes alone
  std::optional<double> auc_pr;
};

// A day whose scores the calibration is made of.
struct CalibrationDay {
  std::string processing_date;
  std::vector<std::string> learned;  // days that the scoring model had learned from
  bool is_out_of_time = false;       // all of them earlier
};

// How raw scores became probabilities.
struct CalibrationRecord {
  std::vector<CalibrationDay> days;
  Share base_rate;  // of the newest training day
  std::string base_rate_date;
  std::vector<ReliabilityBin> like;  // what became of rows of like probability
  std::optional<Evaluation> judged;  // of the last of the days, by the calibration of the others
};

// What a model was made of and how good it is: the .json file beside it.
struct ModelCard {
  std::string task;     // "alert_scorer"
  std::string version;  // "1.0.0"
  std::string model_sha256;
  std::string program_version;
  TrainParameters parameters;
  std::optional<Search> search;       // that found the parameters
  std::string order_of;               // "alert_scorer" of a ranker whose order that model gives
  std::string alert_scorer_sha256;    // of a cluster scorer: whose probabilities it learned from
  std::string address_scorer_sha256;  // of an alert scorer: the first stage that it sees, or ""
  PublishedScale scale;
  CalibrationRecord calibration;
  std::map<std::string, TypologyRecord> typologies;
  DayProfile profile;
  std::vector<DayRecord> training_days;
  features::SqlIdentity feature_sql;
  std::vector<std::string> feature_groups;  // that it was trained with: "alert__flows", …
  std::vector<features::Feature> features;  // that it sees, in the order of the model's
  Evaluation on_training_days;
  std::optional<Evaluation> held_out;

  // Whether probabilities were judged on days that neither the trees nor the calibration saw.
  bool is_independently_validated() const { return held_out || calibration.judged; }
  // Whether each held-out day is later than all that were learned from: what a model says of an
  // earlier day, or of the same one in another network, flatters it. True without held-out days.
  bool is_held_out_later() const;

  std::string to_json() const;
};

}  // namespace aml::models
