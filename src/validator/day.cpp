#include "validator/day.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/database.h"
#include "base/error.h"
#include "features/build.h"
#include "models/ground_truth.h"
#include "models/model_file.h"
#include "scoring/scoring.h"
#include "snapshot/parquet_source.h"
#include "sot/snapshot.h"

namespace aml::validator {

namespace fs = std::filesystem;

namespace {

// Alerts and facts, by id.
void load_alerts(const fs::path& snapshot, std::vector<std::string>& ids,
                 validation::AlertFacts& facts) {
  Database database({.threads = 1});
  Connection connection = database.connect();
  const snapshot::ParquetSource source(connection, snapshot / sot::kAlertsFile);
  const auto read = [&](const char* name, snapshot::Kind kind, bool is_required) {
    return source.expression(connection, {name, kind, is_required});
  };
  // Of several rows of one alert the newest version counts, as in the feature SQL.
  QueryResult rows = connection.query(fmt::format(
      "SELECT id, address, severity, typology, confidence FROM (SELECT {} AS id, {} AS address, "
      "{} AS severity, {} AS typology, CAST({} AS DOUBLE) AS confidence, coalesce({}, 0) AS "
      "version "
      "FROM {} r) WHERE id IS NOT NULL QUALIFY row_number() OVER (PARTITION BY id ORDER BY version "
      "DESC, address, severity, typology, confidence) = 1 ORDER BY id",
      read("alert_id", snapshot::Kind::text, true), read("address", snapshot::Kind::text, true),
      read("severity", snapshot::Kind::text, false),
      read("typology_type", snapshot::Kind::text, false),
      read("alert_confidence_score", snapshot::Kind::number, false),
      read("_version", snapshot::Kind::version, false), source.table()));
  const auto text = [](const ColumnView& column, std::size_t row) {
    return column.is_null(row) ? std::string() : std::string(column.as_text(row));
  };
  while (const auto chunk = rows.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      ids.push_back(text(chunk->column(0), row));
      facts.address.push_back(text(chunk->column(1), row));
      facts.severity.push_back(text(chunk->column(2), row));
      facts.typology.push_back(text(chunk->column(3), row));
      const ColumnView confidence = chunk->column(4);
      facts.confidence.push_back(confidence.is_null(row) ? std::numeric_limits<double>::quiet_NaN()
                                                         : confidence.as_double(row));
    }
  }
}

}  // namespace

std::vector<double> score_alerts(const features::FeatureMatrix& matrix, const fs::path& models_dir,
                                 int threads) {
  return scoring::scores_of(matrix, scoring::load_task_model(models_dir, models::kAlertScorer),
                            threads);
}

std::vector<std::span<const double>> Day::columns() const {
  return {matrix.columns.begin(), matrix.columns.end()};
}

Day load_day(const DayOptions& options) {
  features::SnapshotFeatures features = features::build({.input_dir = options.snapshot,
                                                         .features_dir = {},
                                                         .threads = options.threads,
                                                         .memory_limit = options.memory_limit,
                                                         .temp_dir = {}});
  Day day;
  day.processing_date = features.processing_date;
  day.network = features.network;
  day.snapshot_sha256 = features.snapshot_sha256;
  day.matrix = std::move(features.alerts);
  std::vector<std::string> ids;
  validation::AlertFacts facts;
  load_alerts(options.snapshot, ids, facts);
  day.alerts = std::make_unique<validation::AlertIndex>(day.matrix.ids);
  // The features keep the alerts of the snapshot's own window and day; facts may be of more.
  for (const std::string& id : day.matrix.ids) {
    const auto at = std::lower_bound(ids.begin(), ids.end(), id);
    const bool found = at != ids.end() && *at == id;
    const auto row = static_cast<std::size_t>(at - ids.begin());
    day.facts.address.push_back(found ? facts.address[row] : "");
    day.facts.severity.push_back(found ? facts.severity[row] : "");
    day.facts.typology.push_back(found ? facts.typology[row] : "");
    day.facts.confidence.push_back(found ? facts.confidence[row]
                                         : std::numeric_limits<double>::quiet_NaN());
  }
  day.baseline = score_alerts(day.matrix, options.models_dir, options.threads);
  return day;
}

std::vector<validation::PlantedTrap> read_planted_traps(const fs::path& file,
                                                        const validation::AlertIndex& alerts) {
  Database database({.threads = 1});
  Connection connection = database.connect();
  const snapshot::ParquetSource source(connection, file);
  QueryResult rows = connection.query(
      fmt::format("SELECT id, score FROM (SELECT {} AS id, CAST({} AS DOUBLE) AS score FROM {} r) "
                  "WHERE id IS NOT NULL AND score IS NOT NULL ORDER BY id",
                  source.expression(connection, {"alert_id", snapshot::Kind::text, true}),
                  source.expression(connection, {"expected_score", snapshot::Kind::number, true}),
                  source.table()));
  std::vector<validation::PlantedTrap> planted;
  while (const auto chunk = rows.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      const auto alert = alerts.find(chunk->column(0).as_text(row));
      if (alert) planted.push_back({*alert, chunk->column(1).as_double(row)});
    }
  }
  return planted;
}

std::vector<int> read_labels(const fs::path& ground_truth, const validation::AlertIndex& alerts) {
  const models::Labels truth = models::read_ground_truth(ground_truth);
  std::vector<int> labels;
  labels.reserve(alerts.size());
  for (const std::string& id : alerts.ids()) {
    const auto found = truth.find(id);
    labels.push_back(found == truth.end() ? -1 : found->second);
  }
  return labels;
}

}  // namespace aml::validator
