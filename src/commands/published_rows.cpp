#include "commands/published_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/json_text.h"
#include "base/log.h"
#include "base/output_file.h"
#include "base/parquet_writer.h"
#include "base/threads.h"
#include "features/matrix.h"
#include "models/match_features.h"
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

// Of what each row is scored and explained: sha256 of the model's features with their families and
// of the row's values, missing ones alike.
std::vector<std::string> hashes_of(const features::FeatureMatrix& matrix,
                                   const scoring::LoadedModel& model,
                                   std::span<const features::Feature> registry, int threads) {
  const forest::ModelInput input = models::match_features(matrix, *model.model, model.path);
  std::map<std::string_view, std::string_view> families;
  for (const features::Feature& feature : registry) families[feature.name] = feature.family;
  std::string head;
  for (const std::string& name : model.model->feature_names()) {
    head += fmt::format("{}\n{}\n", name, families[name]);
  }
  std::vector<std::string> hashes(matrix.rows());
  constexpr std::size_t kRows = 1024;
  parallel_blocks(hashes.size(), kRows, threads, [&](std::size_t begin, std::size_t end) {
    std::vector<double> values(input.columns.size());
    for (std::size_t row = begin; row < end; ++row) {
      for (std::size_t f = 0; f < values.size(); ++f) {
        const double value = input.columns[f][row];
        values[f] = std::isnan(value) ? std::numeric_limits<double>::quiet_NaN() : value;
      }
      Hasher hasher(HashKind::sha256);
      hasher.update(head);
      hasher.update({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double)});
      hashes[row] = hasher.finish();
    }
  });
  return hashes;
}

void write_rows(const fs::path& path, const std::vector<results::ScoredRow>& rows,
                const std::vector<std::string>& hashes, const scoring::LoadedModel& model,
                std::size_t top_features) {
  const std::vector<TableColumn> columns{
      {"alert_id", ColumnType::text},       {"score", ColumnType::float64},
      {"probability", ColumnType::float64}, {"model_version", ColumnType::text},
      {"latency_ms", ColumnType::float64},  {"explain_json", ColumnType::text},
      {"model_sha256", ColumnType::text},   {"top_features", ColumnType::int64},
      {"features_sha256", ColumnType::text}};
  write_parquet(path, columns, rows.size(), {}, [&](std::size_t i, RowSink& sink) {
    const results::ScoredRow& row = rows[i];
    sink.text(row.id).real(row.score);
    row.probability ? sink.real(*row.probability) : sink.null();
    sink.text(row.model_version).real(row.latency_ms).text(row.explain_json);
    sink.text(model.record.sha256).integer(top_features).text(hashes[i]);
  });
}

// Rows of the other engine as they lie, and of what each was made.
struct RowsElsewhere {
  std::vector<results::ScoredRow> rows;
  std::vector<std::string> hashes;
};

// Throws Error{bad_input} for a row that cannot be published: what ranks and averages rely on.
RowsElsewhere rows_of_model(Connection& connection, const snapshot::ParquetSource& source,
                            const fs::path& path, const std::string& condition) {
  RowsElsewhere found;
  QueryResult result = source.query(
      connection,
      fmt::format("SELECT CAST(alert_id AS VARCHAR), CAST(model_version AS VARCHAR), "
                  "CAST(explain_json AS VARCHAR), CAST(features_sha256 AS VARCHAR), "
                  "CAST(score AS DOUBLE), CAST(latency_ms AS DOUBLE), CAST(probability AS DOUBLE) "
                  "FROM {} WHERE {} ORDER BY alert_id",
                  source.table(), condition));
  constexpr std::size_t kTexts = 4;
  constexpr std::size_t kNumbers = 2;  // besides the probability, which may be missing
  constexpr std::size_t kProbability = kTexts + kNumbers;
  while (const std::optional<Chunk> chunk = result.next()) {
    for (std::size_t i = 0; i < chunk->rows(); ++i) {
      const auto text = [&](std::size_t column) {
        return std::string(chunk->column(column).text_or_empty(i));
      };
      const auto is_one = [&](std::size_t column) {
        return !chunk->column(column).is_null(i) &&
               std::isfinite(chunk->column(column).as_double(i));
      };
      const bool has_probability = !chunk->column(kProbability).is_null(i);
      bool is_whole =
          is_one(kTexts) && is_one(kTexts + 1) && (!has_probability || is_one(kProbability));
      for (std::size_t c = 0; c < kTexts; ++c) is_whole &= !chunk->column(c).is_null(i);
      if (!is_whole) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: the row of alert {} has no finite score, probability and "
                                "latency_ms, or no explanation: make the groups again",
                                path.string(), text(0)));
      }
      results::ScoredRow& row = found.rows.emplace_back();
      row.id = text(0);
      row.model_version = text(1);
      row.explain_json = text(2);
      found.hashes.push_back(text(3));
      row.score = chunk->column(kTexts).as_double(i);
      row.latency_ms = chunk->column(kTexts + 1).as_double(i);
      if (has_probability) row.probability = chunk->column(kProbability).as_double(i);
    }
  }
  return found;
}

// The rows are there and were made of what the matrix holds.
void require_its_rows(const RowsElsewhere& found, const features::FeatureMatrix& matrix,
                      const std::vector<std::string>& hashes, const std::string& file,
                      const fs::path& path) {
  const bool are_its =
      std::equal(found.rows.begin(), found.rows.end(), matrix.ids.begin(), matrix.ids.end(),
                 [](const auto& row, const auto& id) { return row.id == id; });
  if (!are_its) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{} has {} rows of {}, which are not the {} alerts of the snapshot: "
                            "make the groups again",
                            path.string(), found.rows.size(), file, matrix.rows()));
  }
  const auto other = std::mismatch(hashes.begin(), hashes.end(), found.hashes.begin()).first;
  if (other == hashes.end()) return;
  throw Error(ErrorKind::bad_input,
              fmt::format("{} was made of other features than the groups have, as of alert {}: "
                          "make the groups again",
                          path.string(), matrix.ids[other - hashes.begin()]));
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
  const auto database = snapshot::open_database({.threads = options.threads});
  Connection connection = database->connect();
  const features::FeatureMatrix matrix = read_matrix(connection, options.input);
  const auto rows =
      scoring::score_rows(matrix, model, {options.threads, options.top_features, "", families});
  write_rows(output.path(), rows, hashes_of(matrix, model, families, options.threads), model,
             options.top_features);
  output.publish();
}

std::optional<std::vector<results::ScoredRow>> read_published_rows(
    const fs::path& folder, const features::FeatureMatrix& matrix,
    const scoring::LoadedModel& model, const scoring::ScoringOptions& how) {
  const fs::path path = folder / fmt::format("{}.parquet", kScoredRows);
  if (folder.empty() || !path_exists(path)) return std::nullopt;
  const auto database = snapshot::open_database({});
  Connection connection = database->connect();
  const snapshot::ParquetSource source(connection, path);
  RowsElsewhere found = rows_of_model(connection, source, path,
                                      fmt::format("model_sha256 = {} AND top_features = {}",
                                                  sql_text(model.record.sha256), how.top_features));
  if (found.rows.empty()) {
    log::warning(
        "rows that the other engine scored are of other models, or name another number of "
        "features: scored here",
        {{"rows", path.string()},
         {"model", model.record.file},
         {"top_features", std::to_string(how.top_features)}});
    return std::nullopt;
  }
  require_its_rows(found, matrix, hashes_of(matrix, model, how.registry, how.threads),
                   model.record.file, path);
  log::info("rows scored by the other engine",
            {{"model", model.record.file}, {"rows", std::ssize(found.rows)}});
  return std::move(found.rows);
}

}  // namespace aml::commands
