#include "models/training_day.h"

#include "base/date.h"
#include "base/file_system.h"
#include "base/log.h"
#include "sot/snapshot.h"

namespace aml::models {

namespace fs = std::filesystem;

namespace {

// A ground truth may be named as a file or as the folder that holds it. A folder that has no such
// file is one of part files.
fs::path ground_truth_file(const fs::path& path, const std::string& processing_date) {
  if (!is_folder(path)) return path;
  const fs::path in_folder =
      path / sot::ground_truth_file_name(Date::require(processing_date, "processing_date"));
  return path.extension() == ".parquet" && !path_exists(in_folder) ? path : in_folder;
}

}  // namespace

std::unique_ptr<TrainingDay> read_training_day(const snapshot::SnapshotOptions& options,
                                               const features::BuildOptions& feature_options,
                                               const fs::path& ground_truth, bool with_addresses) {
  snapshot::Snapshot snapshot(options);
  auto day = std::make_unique<TrainingDay>();
  features::BuildOptions building = feature_options;
  if (with_addresses) {
    day->addresses = std::make_unique<AddressDay>();
    building.visit_addresses = keep_addresses(*day->addresses);
  }
  day->features = features::build(snapshot, building);
  day->facts = read_alert_facts(snapshot, day->features.alerts, day->features.clusters);
  const fs::path file = ground_truth_file(ground_truth, day->features.processing_date);
  const Labels truth = read_ground_truth(file, options.max_rows);
  day->alerts =
      labelled_rows(day->features.alerts, truth, read_label_weights(file, options.max_rows));
  day->clusters = labelled_rows(day->features.clusters, cluster_labels(snapshot, truth));
  if (day->addresses) label_addresses(day->facts, day->alerts, *day->addresses);
  log::info("read day", {{"input_dir", options.directory.string()},
                         {"labelled_alerts", std::ssize(day->alerts.rows)},
                         {"sar", day->alerts.positives()},
                         {"labelled_clusters", std::ssize(day->clusters.rows)}});
  return day;
}

}  // namespace aml::models
