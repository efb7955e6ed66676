#pragma once

#include <filesystem>
#include <memory>
#include <span>

#include "features/build.h"
#include "models/alert_facts.h"
#include "models/first_stage_training.h"
#include "models/ground_truth.h"

namespace aml::models {

// A day with its truth. Does not move: `alerts` and `clusters` look into `features`.
struct TrainingDay {
  features::SnapshotFeatures features;
  AlertFacts facts;
  LabelledRows alerts;
  LabelledRows clusters;
  std::unique_ptr<AddressDay> addresses{};  // of days that a first stage learns from
};
using TrainingDays = std::span<const std::unique_ptr<TrainingDay>>;

// Builds a snapshot's features and reads the truth: from the file `ground_truth`, or from the file
// of the snapshot's day in that folder; with its addresses for a first stage, if wanted. Throws
// what features::build and read_ground_truth throw.
std::unique_ptr<TrainingDay> read_training_day(const snapshot::SnapshotOptions& options,
                                               const features::BuildOptions& feature_options,
                                               const std::filesystem::path& ground_truth,
                                               bool with_addresses = false);

}  // namespace aml::models
