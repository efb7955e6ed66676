#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "features/feature_matrix.h"
#include "features/registry.h"
#include "snapshot/snapshot.h"

namespace aml::models {

// What is needed of a day's alerts and clusters beside their features.
struct AlertFacts {
  std::vector<std::string> addresses;   // by alert, ascending by alert_id; "" where it has none
  std::vector<std::string> typologies;  // likewise
  std::vector<std::string> patterns;    // likewise: pattern_id
  std::vector<std::int64_t> subjects;   // likewise: subject_id
  // By cluster, ascending by cluster_id: the positions of its alerts among all, ascending. Members
  // that are no alerts of the day are left out.
  std::vector<std::vector<std::uint32_t>> members;

  std::map<std::string, std::int64_t> typology_counts() const;
};

// REQUIRES: features::build() was run on the snapshot, and `alerts` and `clusters` are its matrices
AlertFacts read_alert_facts(snapshot::Snapshot& snapshot, const features::FeatureMatrix& alerts,
                            const features::FeatureMatrix& clusters);

// What a cluster's model sees of what the alert scorer says of its alerts, columns that no SQL
// makes: alert_probability_max, alert_probability_mean, alert_probability_high_share (of those of
// at least kHighScore) and scored_alerts; the first three are missing where the cluster has no
// alert of the day.
inline constexpr double kHighScore = 0.5;
const std::vector<features::Feature>& cluster_score_features();

// Appends these columns to the clusters' matrix. `probabilities` has one for each alert. Throws
// Error{bad_input} where the SQL has made a column of such a name.
void add_cluster_scores(const AlertFacts& facts, std::span<const double> probabilities,
                        features::FeatureMatrix& clusters);

}  // namespace aml::models
