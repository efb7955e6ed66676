#include "snapshot/truth_file.h"

#include <fmt/format.h>

#include <utility>

#include "base/database.h"
#include "base/error.h"
#include "base/log.h"
#include "snapshot/snapshot.h"

namespace aml::snapshot {

namespace fs = std::filesystem;

namespace {

// The column that holds the truth.
const Column& label_column(const ParquetSource& source) {
  static const Column label{"is_sar_filed", Kind::flag, true, {"label"}};
  if (source.find(label) != nullptr) return label;
  throw Error(
      ErrorKind::bad_input,
      fmt::format("{} has no column is_sar_filed (or label): add the labels, true/false or 1/0",
                  source.path().string()));
}

// Calls `take` with the alert and the number of each row that names an alert.
template <typename Take>
void for_each_alert(QueryResult rows, Take take) {
  while (const auto chunk = rows.next()) {
    const ColumnView ids = chunk->column(0);
    const ColumnView values = chunk->column(1);
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      if (!ids.is_null(row)) take(std::string(ids.as_text(row)), values.as_double(row));
    }
  }
}

}  // namespace

Labels read_ground_truth(const fs::path& path, std::int64_t max_rows) {
  const auto database = open_database({.threads = 1});
  Connection connection = database->connect();
  const ParquetSource source(connection, path, {.max_rows = max_rows});
  const Column key{"alert_id", Kind::text, true};
  const Column& truth = label_column(source);
  const std::string key_sql = source.expression(connection, key);
  for (const std::string& remark : source.remarks({key, truth})) log::warning(remark);
  const std::string label = source.find(truth)->name;
  // Through text, so that booleans, integers, doubles and "0"/"1" all read alike.
  QueryResult rows = source.query(
      connection,
      fmt::format(
          "SELECT {0}, CAST(CASE lower(CAST(r.{1} AS VARCHAR)) WHEN 'true' THEN 1 WHEN 'false' "
          "THEN 0 ELSE coalesce(TRY_CAST(r.{1} AS DOUBLE), -1) END AS DOUBLE) FROM {2} r "
          "WHERE r.{1} IS NOT NULL AND lower(CAST(r.{1} AS VARCHAR)) <> 'nan'",
          key_sql, sql_name(source.find(truth)->sql_name), source.table()));
  Labels labels;
  for_each_alert(std::move(rows), [&](const std::string& id, double value) {
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
  });
  return labels;
}

LabelWeights read_label_weights(const fs::path& path, std::int64_t max_rows) {
  const auto database = open_database({.threads = 1});
  Connection connection = database->connect();
  const ParquetSource source(connection, path, {.max_rows = max_rows});
  const Column key{"alert_id", Kind::text, true};
  const Column weight{"weight", Kind::number, false};
  LabelWeights weights;
  if (source.find(weight) == nullptr) return weights;
  const std::string key_sql = source.expression(connection, key);
  QueryResult rows = source.query(
      connection, fmt::format("SELECT {0}, coalesce(TRY_CAST(r.{1} AS DOUBLE), -1) FROM {2} r "
                              "WHERE r.{1} IS NOT NULL",
                              key_sql, sql_name(source.find(weight)->sql_name), source.table()));
  for_each_alert(std::move(rows), [&](const std::string& id, double value) {
    if (!(value > 0 && value <= kMostWeight)) {
      throw Error(ErrorKind::bad_input,
                  fmt::format("{}: the weight of alert {} must be above 0 and at most {}",
                              path.string(), id, kMostWeight));
    }
    weights.insert_or_assign(id, value);
  });
  return weights;
}

}  // namespace aml::snapshot
