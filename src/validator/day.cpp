#include "validator/day.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include "base/database.h"
#include "base/log.h"
#include "features/build.h"
#include "flows/known.h"
#include "models/alert_facts.h"
#include "models/ground_truth.h"
#include "models/model_file.h"
#include "scoring/first_stage.h"
#include "scoring/scoring.h"
#include "snapshot/snapshot.h"

namespace aml::validator {

namespace fs = std::filesystem;

namespace {

// What is known of each alert, in the order of their ids.
validation::AlertFacts read_facts(snapshot::Snapshot& snapshot) {
  snapshot.make(snapshot::Table::alerts);
  QueryResult rows = snapshot.connection().query(
      "SELECT address, severity, typology_type, alert_confidence_score FROM alerts "
      "ORDER BY alert_id");
  validation::AlertFacts facts;
  while (const auto chunk = rows.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      facts.address.emplace_back(chunk->column(0).text_or_empty(row));
      facts.severity.emplace_back(chunk->column(1).text_or_empty(row));
      facts.typology.emplace_back(chunk->column(2).text_or_empty(row));
      const ColumnView confidence = chunk->column(3);
      facts.confidence.push_back(confidence.is_null(row) ? std::numeric_limits<double>::quiet_NaN()
                                                         : confidence.as_double(row));
    }
  }
  return facts;
}

const std::vector<double>& column_of(const features::FeatureMatrix& matrix,
                                     const std::string& name) {
  const auto found = std::find(matrix.names.begin(), matrix.names.end(), name);
  return matrix.columns.at(static_cast<std::size_t>(found - matrix.names.begin()));
}

// 0 for a missing value.
std::vector<double> finite(std::vector<double> values) {
  std::replace_if(values.begin(), values.end(), [](double x) { return std::isnan(x); }, 0.0);
  return values;
}

// 1 / (1 + transfers), 0 where none lead there.
std::vector<double> nearness(std::vector<double> transfers) {
  for (double& value : transfers) value = 1 / (1 + value);
  return finite(std::move(transfers));
}

}  // namespace

std::vector<std::vector<double>> label_columns(const features::FeatureMatrix& matrix) {
  std::vector<std::vector<double>> columns;
  for (const std::string_view category : flows::kKnownNames) {
    // A report is no label: q knows it by the truth.
    if (category == flows::kKnownNames[flows::kReported]) continue;
    columns.push_back(finite(column_of(matrix, fmt::format("known_is_{}", category))));
  }
  for (const std::string_view way : {"in", "out"}) {
    for (const std::string_view kind : {"bad", "good"}) {
      const std::string name = fmt::format("known_{}_{}_", way, kind);
      columns.push_back(finite(column_of(matrix, name + "usd_share")));
      columns.push_back(nearness(column_of(matrix, name + "hops")));
    }
  }
  return columns;
}

std::vector<double> score_alerts(const features::FeatureMatrix& matrix, const fs::path& models_dir,
                                 int threads) {
  return scoring::scores_of(matrix, scoring::load_task_model(models_dir, models::kAlertScorer),
                            threads);
}

std::vector<std::span<const double>> Day::columns() const {
  return {matrix.columns.begin(), matrix.columns.end()};
}

Day load_day(const snapshot::SnapshotOptions& options, const fs::path& models_dir,
             const known::KnownFiles& known) {
  const scoring::LoadedModel stock = scoring::load_task_model(models_dir, models::kAlertScorer);
  const forest::Model* const of_alerts[] = {stock.model.get()};
  const auto first_stage = scoring::FirstStage::load(models_dir, of_alerts, {});
  snapshot::Snapshot snapshot(options);
  features::BuildOptions building{.known = known};
  if (first_stage) building.visit_addresses = first_stage->visitor();
  features::SnapshotFeatures features = features::build(snapshot, building);
  if (first_stage) {
    first_stage->add_to(models::read_alert_facts(snapshot, features.alerts, features.clusters),
                        features);
  }
  Day day;
  day.processing_date = features.processing_date;
  day.network = features.network;
  day.snapshot_sha256 = features.snapshot_sha256;
  day.matrix = std::move(features.alerts);
  day.alerts = std::make_unique<validation::AlertIndex>(day.matrix.ids);
  day.facts = read_facts(snapshot);
  if (known.any()) day.labels = label_columns(day.matrix);
  day.baseline = scoring::scores_of(day.matrix, stock, options.threads);
  return day;
}

std::vector<validation::PlantedTrap> read_planted_traps(const fs::path& file,
                                                        const validation::AlertIndex& alerts,
                                                        std::int64_t max_rows) {
  const auto database = snapshot::open_database({.threads = 1});
  Connection connection = database->connect();
  const snapshot::ParquetSource source(connection, file, {.max_rows = max_rows});
  const std::vector<snapshot::Column> columns{{"alert_id", snapshot::Kind::text, true},
                                              {"expected_score", snapshot::Kind::number, true}};
  for (const std::string& remark : source.remarks(columns)) log::warning(remark);
  QueryResult rows = source.query(
      connection,
      fmt::format("SELECT alert_id, expected_score FROM (SELECT {} FROM {} r) "
                  "WHERE alert_id IS NOT NULL AND expected_score IS NOT NULL ORDER BY alert_id",
                  source.select_list(connection, columns), source.table()));
  std::vector<validation::PlantedTrap> planted;
  while (const auto chunk = rows.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      const auto alert = alerts.find(chunk->column(0).as_text(row));
      if (alert) planted.push_back({*alert, chunk->column(1).as_double(row)});
    }
  }
  return planted;
}

KnownTruth read_known_truth(const snapshot::SnapshotOptions& options,
                            const fs::path& ground_truth) {
  snapshot::Snapshot snapshot(options);
  snapshot.make(snapshot::Table::alerts);
  const models::Labels labels = models::read_ground_truth(ground_truth, options.max_rows);
  QueryResult rows =
      snapshot.connection().query("SELECT alert_id, address FROM alerts ORDER BY alert_id");
  KnownTruth truth;
  while (const auto chunk = rows.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      const auto found = labels.find(std::string(chunk->column(0).as_text(row)));
      truth.addresses.emplace_back(chunk->column(1).text_or_empty(row));
      truth.labels.push_back(found == labels.end() ? -1 : found->second);
    }
  }
  return truth;
}

std::vector<int> read_labels(const fs::path& ground_truth, const validation::AlertIndex& alerts,
                             std::int64_t max_rows) {
  const models::Labels truth = models::read_ground_truth(ground_truth, max_rows);
  std::vector<int> labels;
  labels.reserve(alerts.size());
  for (const std::string& id : alerts.ids()) {
    const auto found = truth.find(id);
    labels.push_back(found == truth.end() ? -1 : found->second);
  }
  return labels;
}

}  // namespace aml::validator
