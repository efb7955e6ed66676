#include "models/ground_truth.h"

#include <algorithm>
#include <numeric>

#include "base/database.h"

namespace aml::models {

Labels cluster_labels(snapshot::Snapshot& snapshot, const Labels& alerts) {
  snapshot.make(snapshot::Table::cluster_alerts);
  QueryResult rows = snapshot.connection().query("SELECT cluster_id, alert_id FROM cluster_alerts");
  Labels labels;
  while (const auto chunk = rows.next()) {
    const ColumnView ids = chunk->column(0);
    const ColumnView members = chunk->column(1);
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      const auto alert = alerts.find(std::string(members.as_text(row)));
      if (alert == alerts.end()) continue;
      int& label = labels[std::string(ids.as_text(row))];
      label = std::max(label, alert->second);
    }
  }
  return labels;
}

std::size_t LabelledRows::positives() const {
  return static_cast<std::size_t>(std::accumulate(labels.begin(), labels.end(), 0));
}

LabelledRows labelled_rows(const features::FeatureMatrix& matrix, const Labels& labels,
                           const LabelWeights& weights) {
  LabelledRows labelled;
  labelled.matrix = &matrix;
  for (std::size_t row = 0; row < matrix.rows(); ++row) {
    const auto label = labels.find(matrix.ids[row]);
    if (label == labels.end()) continue;
    labelled.rows.push_back(row);
    labelled.labels.push_back(label->second);
    if (weights.empty()) continue;
    const auto weight = weights.find(matrix.ids[row]);
    labelled.weights.push_back(weight == weights.end() ? 1.0F : static_cast<float>(weight->second));
  }
  return labelled;
}

}  // namespace aml::models
