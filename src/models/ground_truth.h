#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

#include "features/feature_matrix.h"
#include "snapshot/snapshot.h"

namespace aml::models {

// What became of alerts or clusters: id → 1 (a suspicious activity report was filed) or 0.
using Labels = std::unordered_map<std::string, int>;

// Reads ground_truth_{date}.parquet: alert_id and is_sar_filed (or label), boolean or 0/1. Rows
// without a label are left out. Throws Error{not_found}, or Error{bad_input} naming file and
// column, also where the file has more rows than `max_rows`.
Labels read_ground_truth(const std::filesystem::path& path,
                         std::int64_t max_rows = snapshot::kMaxRows);

// The labels of the snapshot's clusters: 1 where any of a cluster's alerts has the label 1, 0 where
// all that have a label have 0; clusters of which no alert has one are left out. Any and not the
// share, because a reviewer must look at a cluster as soon as one alert in it deserves a report.
Labels cluster_labels(snapshot::Snapshot& snapshot, const Labels& alerts);

// The rows of `matrix` whose truth is known. A view: the matrix must outlive it.
struct LabelledRows {
  const features::FeatureMatrix* matrix = nullptr;
  std::vector<std::size_t> rows;  // ascending
  std::vector<int> labels;        // 0 or 1, one per entry of rows

  std::size_t positives() const;
};
LabelledRows labelled_rows(const features::FeatureMatrix& matrix, const Labels& labels);

}  // namespace aml::models
