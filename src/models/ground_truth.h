#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

#include "features/feature_matrix.h"
#include "snapshot/snapshot.h"
#include "snapshot/truth_file.h"

namespace aml::models {

using snapshot::Labels;
using snapshot::LabelWeights;
using snapshot::read_ground_truth;
using snapshot::read_label_weights;

// The labels of the snapshot's clusters: 1 where any of a cluster's alerts has the label 1, 0 where
// all that have a label have 0; clusters of which no alert has one are left out. Any and not the
// share, because a reviewer must look at a cluster as soon as one alert in it deserves a report.
Labels cluster_labels(snapshot::Snapshot& snapshot, const Labels& alerts);

// The rows of `matrix` whose truth is known. A view: the matrix must outlive it.
struct LabelledRows {
  const features::FeatureMatrix* matrix = nullptr;
  std::vector<std::size_t> rows;  // ascending
  std::vector<int> labels;        // 0 or 1, one per entry of rows
  std::vector<float> weights{};   // likewise, above 0; none where each counts once

  std::size_t positives() const;
};
LabelledRows labelled_rows(const features::FeatureMatrix& matrix, const Labels& labels,
                           const LabelWeights& weights = {});

}  // namespace aml::models
