#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "features/build.h"
#include "models/ground_truth.h"
#include "models/model_file.h"

// The stock recipe: what `aml-miner train` makes of days whose truth is known. A validator follows
// the same recipe to know what anyone can make of published data.
namespace aml::models {

// A day with its truth. Does not move: `alerts` and `clusters` look into `features`.
struct TrainingDay {
  features::SnapshotFeatures features;
  LabelledRows alerts;
  LabelledRows clusters;
};
using TrainingDays = std::span<const std::unique_ptr<TrainingDay>>;

// Builds a snapshot's features and reads the truth: from the file `ground_truth`, or from the file
// of the snapshot's day in that folder. Throws what features::build and read_ground_truth throw.
std::unique_ptr<TrainingDay> read_training_day(const snapshot::SnapshotOptions& options,
                                               const features::BuildOptions& feature_options,
                                               const std::filesystem::path& ground_truth);

// One of the three tasks: which rows it learns from, and how.
struct TrainingTask {
  const char* name;
  const char* objective;
  LabelledRows TrainingDay::* rows;
  const char* confidence;  // the feature that holds the producer's own opinion
};

inline constexpr std::array<TrainingTask, 3> kTrainingTasks{{
    {kAlertScorer, "binary", &TrainingDay::alerts, "alert_confidence_score"},
    {kAlertRanker, "lambdarank", &TrainingDay::alerts, "alert_confidence_score"},
    {kClusterScorer, "binary", &TrainingDay::clusters, "confidence_avg"},
}};

// Trains one task's model on `days`, judges it on `holdout` (may be empty), and writes model and
// card into `directory`, which must be there. The same days in the same order give the same bytes.
// Works on the caller's thread alone. Throws Error{bad_input} where the labelled rows are not of
// both classes or the days' features differ.
void train_task(const TrainingTask& task, TrainingDays days, TrainingDays holdout,
                const std::string& version, const std::filesystem::path& directory);

}  // namespace aml::models
