#include "commands/score_file.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <unordered_map>

#include "base/database.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text_file.h"
#include "commands/alerts_file.h"
#include "results/rows.h"
#include "snapshot/snapshot.h"

namespace aml::commands {

namespace fs = std::filesystem;

namespace {

using snapshot::Column;
using snapshot::FoundColumn;
using snapshot::Kind;
using snapshot::ParquetSource;

const Column kId{"alert_id", Kind::text, true};
const Column kScore{"score", Kind::number, true};
const Column kTypology{"typology_type", Kind::text};

// What is read of a file in any of the formats: a table in SQL, under the alias r.
class Rows {
 public:
  Rows(Connection& connection, const fs::path& path, std::int64_t max_rows,
       std::uint64_t most_bytes = kMostJsonBytes)
      : path_(path), most_bytes_(most_bytes) {
    if (!path_exists(path)) {
      throw Error(ErrorKind::not_found, path.string() + " does not exist");
    }
    if (is_text_table(path)) {
      require_regular_file(path);
      const std::string ending = path.extension().string();
      table_ = text_table(ending);
      require_few_rows(connection, max_rows);
      const QueryResult result = connection.query(fmt::format("SELECT * FROM {} LIMIT 0", table_));
      for (const ResultColumn& column : result.columns()) {
        columns_.push_back({column.name, column.name, column.type});
      }
      if (ending != ".csv") table_ = as_they_are_written(ending);
      return;
    }
    const ParquetSource source(connection, path, {.max_rows = max_rows});
    for (const std::string& remark : source.remarks({kId})) log::warning(remark);
    table_ = source.table();
    columns_ = source.columns();
  }

  const std::string& table() const { return table_; }
  bool has(const Column& column) const { return find_column(columns_, column) != nullptr; }
  // As SQL. Throws Error{bad_input} where the file has no such column.
  std::string column(const Column& wanted) const {
    const FoundColumn* const found = find_column(columns_, wanted);
    if (found != nullptr) return "r." + sql_name(found->sql_name);
    throw Error(ErrorKind::bad_input,
                fmt::format("{} has no column {}", path_.string(), wanted.name));
  }

 private:
  // No more is read than shows that there are too many.
  void require_few_rows(Connection& connection, std::int64_t max_rows) const {
    const auto most = static_cast<std::uint64_t>(max_rows);
    QueryResult counted = connection.query(
        fmt::format("SELECT count(*) FROM (SELECT 1 FROM {} LIMIT {})", table_, most + 1));
    const auto rows = static_cast<std::uint64_t>(counted.next()->column(0).as_int64(0));
    if (rows > most) throw snapshot::TooManyRows(path_, rows, max_rows);
  }
  std::string text_table(const std::string& ending) const {
    const std::string name = sql_path(path_);
    if (ending == ".csv")
      return fmt::format("read_csv({}, header = true, all_varchar = true)", name);
    if (ending != ".json") return fmt::format("read_json({}, format = 'newline_delimited')", name);
    if (file_size_if_exists(path_).value_or(0) > most_bytes_) {
      throw Error(ErrorKind::bad_input,
                  fmt::format("{} is longer than {} bytes, too long for one JSON object: give the "
                              "scores as .csv, .parquet or .jsonl",
                              path_.string(), most_bytes_));
    }
    return fmt::format(
        "(SELECT unnest(scores, recursive := true) FROM read_json({}, maximum_object_size = {}))",
        name, most_bytes_);
  }

  // The table of JSON once more, of our columns alone and all of them text: DuckDB would take an id
  // that looks like a UUID, a date or a number for one, and write it in its own way.
  std::string as_they_are_written(const std::string& ending) const {
    std::vector<std::string> names;
    for (const Column& column : {kId, kScore, kTypology}) {
      const FoundColumn* const found = find_column(columns_, column);
      if (found != nullptr) names.push_back(found->sql_name);
    }
    if (names.empty()) return table_;
    std::string members;
    const char* comma = "";
    for (const std::string& name : names) {
      members += ending == ".json" ? fmt::format("{}{} VARCHAR", comma, sql_name(name))
                                   : fmt::format("{}{}: 'VARCHAR'", comma, sql_text(name));
      comma = ", ";
    }
    if (ending != ".json") {
      return fmt::format("read_json({}, format = 'newline_delimited', columns = {{{}}})",
                         sql_path(path_), members);
    }
    return fmt::format(
        "(SELECT unnest(scores, recursive := true) FROM read_json({}, maximum_object_size = {}, "
        "columns = {{'scores': {}}}))",
        sql_path(path_), most_bytes_, sql_text("STRUCT(" + members + ")[]"));
  }

  fs::path path_;
  std::uint64_t most_bytes_;
  std::string table_;
  std::vector<FoundColumn> columns_;
};

// Runs `read`; what DuckDB says of the file then names it.
template <typename Read>
auto naming(const fs::path& path, Read read) {
  try {
    return read();
  } catch (const Error& e) {
    const bool names_it = std::string(e.what()).find(path.string()) != std::string::npos;
    if (e.kind() != ErrorKind::bad_input || names_it) throw;
    throw Error(e.kind(), fmt::format("cannot read {}: {}", path.string(), e.what()));
  }
}

void add_scores(const fs::path& path, const Chunk& chunk, bool has_typology, ScoreFile& file) {
  for (std::size_t row = 0; row < chunk.rows(); ++row) {
    const std::string id(chunk.column(0).as_text(row));
    const double score = chunk.column(1).as_double(row);
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
    if (has_typology) file.typologies.emplace_back(chunk.column(2).as_text(row));
  }
}

// A SELECT of alert_id and typology_type from a snapshot's alerts.parquet or a file like it, of
// which nothing but these two columns must be there.
std::string typologies_of_parquet(Connection& connection, const fs::path& path,
                                  std::int64_t max_rows) {
  const ParquetSource source(connection, path, {.max_rows = max_rows});
  if (source.find(kTypology) == nullptr) {
    throw Error(ErrorKind::bad_input, path.string() + " has no column typology_type");
  }
  for (const std::string& remark : source.remarks({kId, kTypology})) log::warning(remark);
  return select_alerts(connection, source, {kId, kTypology});
}

// A SELECT of two columns of text: an alert's id and its typology.
std::string typologies_query(Database& database, Connection& connection, const fs::path& path,
                             std::int64_t max_rows) {
  if (is_text_table(path)) {
    const Rows rows(connection, path, max_rows);
    return fmt::format(
        "SELECT CAST({} AS VARCHAR) AS alert_id, CAST({} AS VARCHAR) AS "
        "typology_type FROM {} r",
        rows.column(kId), rows.column(kTypology), rows.table());
  }
  if (!is_of_snapshot(path)) return typologies_of_parquet(connection, path, max_rows);
  snapshot::Snapshot input(database.connect(), absolute_path(path).parent_path(), max_rows);
  return input.alerts({kId, kTypology});
}

// A batch's folder holds more Parquet than the scores.
fs::path scores_in(const fs::path& given) {
  const fs::path of_batch = given / results::kAlertsScoredFile;
  return is_folder(given) && path_exists(of_batch) ? of_batch : given;
}

}  // namespace

ScoreFile read_score_file(const fs::path& given, std::int64_t max_rows, std::uint64_t most_bytes) {
  const fs::path path = scores_in(given);
  const auto database = snapshot::open_database({.threads = 1});
  Connection connection = database->connect();
  return naming(path, [&] {
    const Rows rows(connection, path, max_rows, most_bytes);
    const std::string id = rows.column(kId);
    const bool has_typology = rows.has(kTypology);
    QueryResult result = connection.query(fmt::format(
        "SELECT CAST({} AS VARCHAR) AS id, coalesce(TRY_CAST({} AS DOUBLE), -1), {} FROM {} r "
        "WHERE {} IS NOT NULL ORDER BY id",
        id, rows.column(kScore),
        has_typology ? fmt::format("coalesce(CAST({} AS VARCHAR), '')", rows.column(kTypology))
                     : "''",
        rows.table(), id));
    ScoreFile file;
    while (const auto chunk = result.next()) add_scores(path, *chunk, has_typology, file);
    return file;
  });
}

std::vector<std::string> read_typologies(const fs::path& path, const std::vector<std::string>& ids,
                                         std::int64_t max_rows) {
  const auto database = snapshot::open_database({.threads = 1});
  Connection connection = database->connect();
  std::unordered_map<std::string, std::string> typology_of;
  naming(path, [&] {
    QueryResult rows = connection.query(
        fmt::format("SELECT alert_id, typology_type FROM ({}) WHERE alert_id IS NOT NULL AND "
                    "typology_type IS NOT NULL",
                    typologies_query(*database, connection, path, max_rows)));
    while (const auto chunk = rows.next()) {
      for (std::size_t row = 0; row < chunk->rows(); ++row) {
        typology_of.emplace(chunk->column(0).as_text(row), chunk->column(1).as_text(row));
      }
    }
  });
  std::vector<std::string> typologies;
  for (const std::string& id : ids) {
    const auto found = typology_of.find(id);
    typologies.push_back(found == typology_of.end() ? "" : found->second);
  }
  return typologies;
}

}  // namespace aml::commands
