#include "commands/score_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/database.h"
#include "base/error.h"
#include "base/files.h"

namespace aml::commands {

namespace fs = std::filesystem;

namespace {

// The file as a table in SQL, by the ending of its name.
std::string table_of(const fs::path& path) {
  if (!file_size_if_exists(path)) {
    throw Error(ErrorKind::not_found, path.string() + " does not exist");
  }
  const std::string name = sql_text(path.string());
  const std::string ending = path.extension().string();
  if (ending == ".csv") return fmt::format("read_csv({}, header = true)", name);
  if (ending == ".jsonl" || ending == ".ndjson") {
    return fmt::format("read_json({}, format = 'newline_delimited')", name);
  }
  if (ending == ".json") {
    constexpr int kMostBytes = 1 << 30;
    return fmt::format(
        "(SELECT unnest(scores, recursive := true) FROM read_json({}, maximum_object_size = {}))",
        name, kMostBytes);
  }
  return fmt::format("read_parquet({})", name);
}

std::set<std::string> columns_of(Connection& connection, const std::string& table) {
  std::set<std::string> names;
  const QueryResult result = connection.query(fmt::format("SELECT * FROM {} LIMIT 0", table));
  for (const ResultColumn& column : result.columns()) names.insert(column.name);
  return names;
}

void require(const std::set<std::string>& columns, const char* name, const fs::path& path) {
  if (columns.count(name) == 0) {
    throw Error(ErrorKind::bad_input, fmt::format("{} has no column {}", path.string(), name));
  }
}

}  // namespace

ScoreFile read_score_file(const fs::path& path) {
  Database database({.threads = 1});
  Connection connection = database.connect();
  const std::string table = table_of(path);
  ScoreFile file;
  try {
    const std::set<std::string> columns = columns_of(connection, table);
    require(columns, "alert_id", path);
    require(columns, "score", path);
    const bool has_typology = columns.count("typology_type") > 0;
    QueryResult rows = connection.query(fmt::format(
        "SELECT CAST(alert_id AS VARCHAR) AS id, coalesce(TRY_CAST(score AS DOUBLE), -1), {} FROM "
        "{} WHERE alert_id IS NOT NULL ORDER BY id",
        has_typology ? "coalesce(CAST(typology_type AS VARCHAR), '')" : "''", table));
    while (const auto chunk = rows.next()) {
      for (std::size_t row = 0; row < chunk->rows(); ++row) {
        const std::string id(chunk->column(0).as_text(row));
        const double score = chunk->column(1).as_double(row);
        if (!(score >= 0 && score <= 1)) {
          throw Error(ErrorKind::bad_input,
                      fmt::format("{}: the score of alert {} is not in [0, 1]", path.string(), id));
        }
        if (!file.ids.empty() && file.ids.back() == id) {
          throw Error(ErrorKind::bad_input,
                      fmt::format("{}: alert {} has two scores", path.string(), id));
        }
        file.ids.push_back(id);
        file.scores.push_back(score);
        if (has_typology) file.typologies.emplace_back(chunk->column(2).as_text(row));
      }
    }
  } catch (const Error& e) {
    const std::string what = e.what();
    if (what.starts_with(path.string())) throw;
    throw Error(e.kind(), fmt::format("cannot read {}: {}", path.string(), what));
  }
  return file;
}

std::vector<std::string> read_typologies(const fs::path& path,
                                         const std::vector<std::string>& ids) {
  Database database({.threads = 1});
  Connection connection = database.connect();
  const std::string table = table_of(path);
  const std::set<std::string> columns = columns_of(connection, table);
  require(columns, "alert_id", path);
  require(columns, "typology_type", path);
  QueryResult rows = connection.query(
      fmt::format("SELECT CAST(alert_id AS VARCHAR), CAST(typology_type AS VARCHAR) FROM {} "
                  "WHERE alert_id IS NOT NULL AND typology_type IS NOT NULL",
                  table));
  std::unordered_map<std::string, std::string> typology_of;
  while (const auto chunk = rows.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      typology_of.emplace(chunk->column(0).as_text(row), chunk->column(1).as_text(row));
    }
  }
  std::vector<std::string> typologies;
  for (const std::string& id : ids) {
    const auto found = typology_of.find(id);
    typologies.push_back(found == typology_of.end() ? "" : found->second);
  }
  return typologies;
}

}  // namespace aml::commands
