#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "features/feature_matrix.h"
#include "known/known.h"
#include "snapshot/snapshot.h"
#include "validation/alert_index.h"
#include "validation/judge.h"

namespace aml::validator {

// What a validator makes of a day's snapshot itself: the alerts and the stock model's scores.
struct Day {
  std::string processing_date;
  std::string network;
  std::string snapshot_sha256;
  features::FeatureMatrix matrix;  // of the alerts, by alert number
  std::unique_ptr<validation::AlertIndex> alerts;
  validation::AlertFacts facts;
  std::vector<double> baseline;
  // What labels of addresses say of each alert (label_columns()); empty where there are none.
  std::vector<std::vector<double>> labels;

  std::vector<std::span<const double>> columns() const;
};

// What a truth says, alert by alert.
struct KnownTruth {
  std::vector<std::string> addresses;
  std::vector<int> labels;  // 1, 0, or -1 where unknown
};

// Reads and scores a snapshot by the stock models in `models_dir`, with the features that labels of
// addresses give where there are any. Throws what features::build and forest::load_model throw.
Day load_day(const snapshot::SnapshotOptions& options, const std::filesystem::path& models_dir,
             const known::KnownFiles& known = {});

// By alert, what the features of the group `known` say of labels: whether the address is known in a
// category, the share of its money that comes from, and goes to, bad and good ones, and how near
// they are, 1 for one itself and 0 where there is none. REQUIRES: the group is in the matrix.
std::vector<std::vector<double>> label_columns(const features::FeatureMatrix& matrix);

// The scores of the alert scorer in `models_dir`, as it publishes them, by alert number.
std::vector<double> score_alerts(const features::FeatureMatrix& matrix,
                                 const std::filesystem::path& models_dir, int threads);

// pattern_traps_{date}.parquet: alert_id, expected_score. Alerts that the day does not have are
// passed over.
std::vector<validation::PlantedTrap> read_planted_traps(const std::filesystem::path& file,
                                                        const validation::AlertIndex& alerts,
                                                        std::int64_t max_rows);

// The addresses of a snapshot's alerts and their labels, without its features.
KnownTruth read_known_truth(const snapshot::SnapshotOptions& options,
                            const std::filesystem::path& ground_truth);

// Labels by alert number: 1, 0, or -1 where the truth is not known.
std::vector<int> read_labels(const std::filesystem::path& ground_truth,
                             const validation::AlertIndex& alerts, std::int64_t max_rows);

}  // namespace aml::validator
