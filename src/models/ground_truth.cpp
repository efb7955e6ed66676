#include "models/ground_truth.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/database.h"
#include "base/error.h"
#include "snapshot/parquet_source.h"

namespace aml::models {

namespace fs = std::filesystem;

namespace {

// The SQL expression that reads a column of the file.
std::string read(Connection& connection, const snapshot::ParquetSource& source, const char* name,
                 snapshot::Kind kind, bool is_required) {
  return source.expression(connection, {name, kind, is_required});
}

// The name of the column that holds the truth.
std::string label_column(const snapshot::ParquetSource& source) {
  for (const char* name : {"is_sar_filed", "label"}) {
    if (source.has(name)) return name;
  }
  throw Error(
      ErrorKind::bad_input,
      fmt::format("{} has no column is_sar_filed (or label): add the labels, true/false or 1/0",
                  source.path().string()));
}

}  // namespace

Labels read_ground_truth(const fs::path& path) {
  Database database({.threads = 1});
  Connection connection = database.connect();
  const snapshot::ParquetSource source(connection, path);
  const std::string label = label_column(source);
  // Through text, so that booleans, integers, doubles and "0"/"1" all read alike.
  QueryResult rows = connection.query(fmt::format(
      "SELECT {0}, CAST(CASE lower(CAST(r.{1} AS VARCHAR)) WHEN 'true' THEN 1 WHEN 'false' THEN 0 "
      "ELSE coalesce(TRY_CAST(r.{1} AS DOUBLE), -1) END AS DOUBLE) FROM {2} r "
      "WHERE r.{1} IS NOT NULL AND lower(CAST(r.{1} AS VARCHAR)) <> 'nan'",
      read(connection, source, "alert_id", snapshot::Kind::text, true), label, source.table()));
  Labels labels;
  while (const auto chunk = rows.next()) {
    const ColumnView ids = chunk->column(0);
    const ColumnView values = chunk->column(1);
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      if (ids.is_null(row)) continue;
      const std::string id(ids.as_text(row));
      const double value = values.as_double(row);
      if (value != 0 && value != 1) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: column {} of alert {} is neither true/false nor 1/0",
                                path.string(), label, id));
      }
      const auto [known, is_new] = labels.emplace(id, static_cast<int>(value));
      if (!is_new && known->second != static_cast<int>(value)) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: alert {} has two labels that contradict each other; keep one",
                                path.string(), id));
      }
    }
  }
  return labels;
}

Labels cluster_labels(const fs::path& clusters_parquet, const Labels& alerts) {
  Labels labels;
  if (!fs::exists(clusters_parquet)) return labels;
  Database database({.threads = 1});
  Connection connection = database.connect();
  const snapshot::ParquetSource source(connection, clusters_parquet);
  QueryResult rows = connection.query(fmt::format(
      "SELECT c.id, unnest(c.alerts) FROM (SELECT {} AS id, {} AS alerts, coalesce({}, 0) AS "
      "version "
      "FROM {} r) c QUALIFY c.version = max(c.version) OVER (PARTITION BY c.id)",
      read(connection, source, "cluster_id", snapshot::Kind::text, true),
      read(connection, source, "related_alert_ids", snapshot::Kind::text_list, false),
      read(connection, source, "_version", snapshot::Kind::version, false), source.table()));
  while (const auto chunk = rows.next()) {
    const ColumnView ids = chunk->column(0);
    const ColumnView members = chunk->column(1);
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      if (ids.is_null(row) || members.is_null(row)) continue;
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

LabelledRows labelled_rows(const features::FeatureMatrix& matrix, const Labels& labels) {
  LabelledRows labelled;
  labelled.matrix = &matrix;
  for (std::size_t row = 0; row < matrix.rows(); ++row) {
    const auto label = labels.find(matrix.ids[row]);
    if (label == labels.end()) continue;
    labelled.rows.push_back(row);
    labelled.labels.push_back(label->second);
  }
  return labelled;
}

}  // namespace aml::models
