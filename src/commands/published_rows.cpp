#include "commands/published_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/json_text.h"
#include "base/log.h"
#include "base/output_file.h"
#include "base/parquet_writer.h"
#include "features/matrix.h"
#include "models/model_file.h"
#include "snapshot/parquet_source.h"
#include "snapshot/snapshot.h"

namespace aml::commands {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostFamiliesBytes = 4'194'304;
constexpr int kDeepestFamilies = 2;

// What explanations ask of the registry: names and their families.
std::vector<features::Feature> read_families(const fs::path& path) {
  const std::string text = read_file(path, kMostFamiliesBytes);
  const auto refuse = [&] {
    throw Error(ErrorKind::bad_input,
                fmt::format("{} is no JSON object of features and the family of each, which "
                            "`aml-miner sql --json` tells",
                            path.string()));
  };
  if (nests_deeper(text, kDeepestFamilies)) refuse();
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) refuse();
  std::vector<features::Feature> known;
  for (const auto& [name, family] : json.items()) {
    if (!family.is_string()) refuse();
    known.push_back({.name = name, .family = family.get<std::string>()});
  }
  return known;
}

// The rows as `process` has them when it has read the groups: ids in order, doubles.
features::FeatureMatrix read_matrix(Connection& connection, const fs::path& path) {
  const snapshot::ParquetSource source(connection, path);
  if (!source.has("alert_id")) {
    throw Error(ErrorKind::bad_input, path.string() + " has no column alert_id");
  }
  connection.run("CREATE TEMPORARY VIEW alerts AS SELECT alert_id FROM " + source.table());
  features::SqlStep step;
  step.file_name = path.string();
  step.row_kind = features::RowKind::alert;
  step.group = "all";
  step.sql.add_made("SELECT * FROM " + source.table(), 0);
  features::MatrixBuilder builder(connection, features::RowKind::alert);
  builder.add(connection, step);
  return std::move(builder).matrix();
}

void write_rows(const fs::path& path, const std::vector<results::ScoredRow>& rows,
                const scoring::LoadedModel& model, std::size_t top_features) {
  const std::vector<TableColumn> columns{
      {"alert_id", ColumnType::text},       {"score", ColumnType::float64},
      {"probability", ColumnType::float64}, {"model_version", ColumnType::text},
      {"latency_ms", ColumnType::float64},  {"explain_json", ColumnType::text},
      {"model_sha256", ColumnType::text},   {"top_features", ColumnType::int64}};
  write_parquet(path, columns, rows.size(), {}, [&](std::size_t i, RowSink& sink) {
    const results::ScoredRow& row = rows[i];
    sink.text(row.id).real(row.score);
    row.probability ? sink.real(*row.probability) : sink.null();
    sink.text(row.model_version).real(row.latency_ms).text(row.explain_json);
    sink.text(model.record.sha256).integer(top_features);
  });
}

}  // namespace

void write_published_rows(const PublishedRows& options) {
  const std::string file = options.model.filename().string();
  const std::size_t mark = file.rfind("_v");
  const std::string version =
      mark == std::string::npos ? "" : options.model.stem().string().substr(mark + 2);
  const fs::path folder = options.model.has_parent_path() ? options.model.parent_path() : ".";
  if (mark == std::string::npos || !models::is_version(version)) {
    throw Error(ErrorKind::usage,
                fmt::format("--model {}: of rows to be published the name must "
                            "be that of a task's model, as alert_scorer_v1.0.0.txt",
                            options.model.string()));
  }
  OutputFile output(options.output);
  const scoring::LoadedModel model =
      scoring::load_task_model(folder, file.substr(0, mark), version);
  const std::vector<features::Feature> families = read_families(options.families);
  const auto database =
      snapshot::open_database({.threads = options.threads, .memory_limit = options.memory_limit});
  Connection connection = database->connect();
  const features::FeatureMatrix matrix = read_matrix(connection, options.input);
  const auto rows =
      scoring::score_rows(matrix, model, {options.threads, options.top_features, "", families});
  write_rows(output.path(), rows, model, options.top_features);
  output.publish();
}

std::optional<std::vector<results::ScoredRow>> read_published_rows(
    const fs::path& folder, const features::FeatureMatrix& matrix,
    const scoring::LoadedModel& model, std::size_t top_features) {
  const fs::path path = folder / fmt::format("{}.parquet", kScoredRows);
  if (folder.empty() || !path_exists(path)) return std::nullopt;
  const auto database = snapshot::open_database({});
  Connection connection = database->connect();
  const snapshot::ParquetSource source(connection, path);
  std::vector<results::ScoredRow> rows;
  QueryResult result = source.query(
      connection, fmt::format("SELECT CAST(alert_id AS VARCHAR), CAST(score AS DOUBLE), "
                              "CAST(probability AS DOUBLE), CAST(model_version AS VARCHAR), "
                              "CAST(latency_ms AS DOUBLE), CAST(explain_json AS VARCHAR) FROM {} "
                              "WHERE model_sha256 = {} AND top_features = {} ORDER BY alert_id",
                              source.table(), sql_text(model.record.sha256), top_features));
  while (const std::optional<Chunk> chunk = result.next()) {
    for (std::size_t i = 0; i < chunk->rows(); ++i) {
      const auto text = [&](std::size_t column) {
        return std::string(chunk->column(column).text_or_empty(i));
      };
      results::ScoredRow& row = rows.emplace_back();
      row.id = text(0);
      row.score = chunk->column(1).as_double(i);
      if (!chunk->column(2).is_null(i)) row.probability = chunk->column(2).as_double(i);
      row.model_version = text(3);
      row.latency_ms = chunk->column(4).as_double(i);
      row.explain_json = text(5);
    }
  }
  if (rows.empty()) return std::nullopt;
  const bool are_its = std::equal(rows.begin(), rows.end(), matrix.ids.begin(), matrix.ids.end(),
                                  [](const auto& row, const auto& id) { return row.id == id; });
  if (!are_its) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{} has {} rows of {}, which are not the {} alerts of the snapshot: "
                            "make the groups again",
                            path.string(), rows.size(), model.record.file, matrix.rows()));
  }
  log::info("rows scored by the other engine",
            {{"model", model.record.file}, {"rows", std::ssize(rows)}});
  return rows;
}

}  // namespace aml::commands
