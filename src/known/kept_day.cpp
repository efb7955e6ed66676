#include "known/kept_day.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <memory>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/log.h"
#include "base/output_file.h"
#include "base/parquet_writer.h"
#include "known/file_bytes.h"
#include "snapshot/data_files.h"
#include "snapshot/table_writer.h"
#include "snapshot/truth_file.h"

namespace aml::known {

namespace fs = std::filesystem;

namespace {

constexpr const char* kFolder = "kept";
constexpr std::size_t kRowGroupRows = 122'880;

// A table "truth" in the session of what the labels say.
void make_truth(Connection& connection, const snapshot::Labels& labels) {
  std::vector<const snapshot::Labels::value_type*> rows;
  for (const auto& label : labels) rows.push_back(&label);
  snapshot::make_table(
      connection, "truth", {{"alert_id", ColumnType::text}, {"is_reported", ColumnType::int64}},
      rows.size(), [&](std::size_t first, std::size_t count, snapshot::TableChunk& chunk) {
        for (std::size_t row = 0; row < count; ++row) {
          chunk.text(0, row, rows[first + row]->first);
          chunk.integer(1, row, rows[first + row]->second);
        }
      });
}

// One value of each alert, from a table of anyone's; none where there is no table.
std::string by_alert(const std::string& table, const char* column, const char* type) {
  if (table.empty()) {
    return fmt::format("(SELECT CAST(NULL AS VARCHAR) AS alert_id, CAST(NULL AS {}) AS v LIMIT 0)",
                       type);
  }
  return fmt::format(
      "(SELECT CAST(alert_id AS VARCHAR) AS alert_id, CAST(min({}) AS {}) AS v FROM {} GROUP BY 1)",
      column, type, table);
}

// What the day's truth is, as columns of a SELECT.
struct Truth {
  std::string since = "CAST(NULL AS BIGINT)";
  std::string is_said = "CAST(NULL AS BIGINT)";
  std::string is_of_folder = "CAST(NULL AS BIGINT)";
  std::string rows = "CAST(NULL AS BIGINT)";
};

// Whether it is said of what a file holds, or that there is none.
bool is_of_file(const Error& e) {
  return e.kind() == ErrorKind::bad_input || e.kind() == ErrorKind::not_found;
}

// Opens the day, with its alerts as a table "day_alerts" of the session.
std::unique_ptr<snapshot::Snapshot> open_day(Database& database, const fs::path& folder, Date date,
                                             std::int64_t max_rows) {
  using snapshot::Column;
  using snapshot::Kind;
  try {
    auto day = std::make_unique<snapshot::Snapshot>(database.connect(), folder, max_rows);
    require_day(*day, date);
    const std::string alerts =
        day->alerts({Column{"alert_id", Kind::text, true}, Column{"address", Kind::text, true},
                     Column{"typology_type", Kind::text}, Column{"severity", Kind::text},
                     Column{"volume_usd", Kind::money}});
    day->source(snapshot::File::alerts)
        .run(day->connection(), "CREATE TEMP TABLE day_alerts AS " + alerts);
    return day;
  } catch (const Error& e) {
    if (!is_of_file(e)) throw;
    require_bytes(folder / "META.json");
    require_bytes(folder / snapshot::name_of(snapshot::File::alerts));
    throw UnreadableAlerts(e.kind(), e.what());
  }
}

// Tables "day_scores" and "day_ranks", of the first whose files can be read.
void load_scores(Connection& connection, const std::vector<KeptScores>& choices) {
  for (const KeptScores& choice : choices) {
    try {
      connection.run("CREATE OR REPLACE TEMP TABLE day_scores AS " +
                     by_alert(choice.scores, "score", "DOUBLE"));
      connection.run("CREATE OR REPLACE TEMP TABLE day_ranks AS " +
                     by_alert(choice.ranks, "\"rank\"", "BIGINT"));
      return;
    } catch (const Error& e) {
      if (!is_of_file(e)) throw;
      for (const fs::path& file : choice.files) require_bytes(file);
      log::warning("scores that cannot be read are not kept", {{"reason", e.what()}});
    }
  }
}

Truth load_truth(Connection& connection, const fs::path& root, Date date, std::int64_t max_rows) {
  auto file = find_truth(root, date);
  snapshot::Labels labels;
  FileTime time;
  try {
    if (file) {
      labels = snapshot::read_ground_truth(file->path, max_rows);
      time = time_of(file->path);
    }
  } catch (const Error& e) {
    if (!is_of_file(e)) throw;
    require_bytes(file->path);
    log::warning("a truth that cannot be read is not kept", {{"reason", e.what()}});
    labels.clear();
    file.reset();
  }
  make_truth(connection, labels);
  if (!file) return {};
  const auto number = [](std::int64_t value) { return fmt::format("CAST({} AS BIGINT)", value); };
  return {number(time.second), number(time.is_said ? 1 : 0), number(file->is_in_folder ? 1 : 0),
          number(std::ssize(labels))};
}

const std::vector<snapshot::Column>& kept_columns() {
  using snapshot::Kind;
  static const std::vector<snapshot::Column> columns = {
      {"format", Kind::count, true},        {"network", Kind::text, true},
      {"alert_id", Kind::text, true},       {"address", Kind::text, true},
      {"typology_type", Kind::text, true},  {"severity", Kind::text, true},
      {"is_sar_filed", Kind::count, true},  {"truth_known_second", Kind::count, true},
      {"truth_is_said", Kind::count, true}, {"truth_is_of_day", Kind::count, true},
      {"truth_rows", Kind::count, true},
  };
  return columns;
}

}  // namespace

fs::path kept_file(const fs::path& root, Date date) {
  return root / kFolder / (date.text() + ".parquet");
}

std::vector<Date> kept_dates(const fs::path& root) {
  std::vector<Date> dates;
  for (const fs::path& path : list_folder_if_possible(root / kFolder)) {
    if (path.extension() != ".parquet") continue;
    if (const auto date = Date::parse(path.stem().string())) dates.push_back(*date);
  }
  std::ranges::sort(dates, std::greater<>());
  return dates;
}

std::optional<TruthFile> find_truth(const fs::path& root, Date date) {
  const std::string name = sot::ground_truth_file_name(date);
  for (const bool is_in_folder : {true, false}) {
    const fs::path file = (is_in_folder ? root / date.text() : root) / name;
    if (snapshot::is_there(file)) return TruthFile{file, is_in_folder};
  }
  return std::nullopt;
}

void require_day(snapshot::Snapshot& input, Date date) {
  const bool is_of_meta = !input.meta().processing_date.empty();
  const std::string& day = input.processing_date();
  if (day.empty() || day == date.text()) return;
  const fs::path& folder = input.directory();
  throw Error(
      ErrorKind::bad_input,
      fmt::format("{} is named after another day than it is of: {} says {}; give the folder "
                  "its own day's name, or take it away",
                  folder.string(),
                  (folder / (is_of_meta ? sot::kMetaFile : sot::kAlertsFile)).string(), day));
}

void write_kept_day(Database& database, const fs::path& root, Date date, const KeptScores& batch,
                    std::int64_t max_rows) {
  const auto day = open_day(database, root / date.text(), date, max_rows);
  Connection& connection = day->connection();
  const fs::path file = kept_file(root, date);
  std::vector<KeptScores> choices;
  if (!batch.scores.empty()) choices.push_back(batch);
  if (file_size_if_exists(file)) choices.push_back({kept_table(file), kept_table(file), {file}});
  choices.emplace_back();  // none
  load_scores(connection, choices);
  const Truth truth = load_truth(connection, root, date, max_rows);
  connection.run(fmt::format(
      "CREATE TEMP TABLE kept AS SELECT CAST({} AS BIGINT) AS format, {} AS network, a.alert_id, "
      "a.address, a.typology_type, a.severity, CAST(a.volume_usd AS DOUBLE) AS volume_usd, s.v AS "
      "score, k.v AS \"rank\", t.is_reported AS is_sar_filed, {} AS truth_known_second, {} AS "
      "truth_is_said, {} AS truth_is_of_day, {} AS truth_rows FROM day_alerts a LEFT JOIN "
      "day_scores s ON s.alert_id = a.alert_id LEFT JOIN day_ranks k ON k.alert_id = a.alert_id "
      "LEFT JOIN truth t ON t.alert_id = a.alert_id",
      kKeptFormat, sql_text(day->network()), truth.since, truth.is_said, truth.is_of_folder,
      truth.rows));
  make_folders(file.parent_path());
  OutputFile output(file);
  write_parquet(connection, "SELECT * FROM kept ORDER BY alert_id", output.path(), kRowGroupRows);
  output.publish();
}

KeptDay read_kept_day(Connection& connection, const fs::path& file, std::int64_t max_rows) {
  const snapshot::ParquetSource source(connection, file, {.max_rows = max_rows});
  const std::string columns = source.select_list(connection, kept_columns());
  QueryResult rows = source.query(
      connection, fmt::format("SELECT {} FROM {} r ORDER BY r.alert_id", columns, source.table()));
  KeptDay day;
  while (const auto chunk = rows.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      const auto text = [&](std::size_t column) {
        return std::string(chunk->column(column).text_or_empty(row));
      };
      const auto number = [&](std::size_t column) -> std::optional<std::int64_t> {
        if (chunk->column(column).is_null(row)) return std::nullopt;
        return chunk->column(column).as_int64(row);
      };
      if (number(0).value_or(0) != kKeptFormat) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{} is of another format than {}: a newer program wrote it",
                                file.string(), kKeptFormat));
      }
      if (day.alerts.empty()) {
        day.network = text(1);
        if (const auto second = number(7)) {
          day.truth_time = FileTime{*second, number(8).value_or(1) == 1};
        }
        day.is_truth_of_folder = number(9).value_or(0) == 1;
        day.truth_rows = number(10).value_or(0);
      }
      const auto reported = number(6);
      day.alerts.push_back({text(2), text(3), text(4), text(5),
                            reported ? std::optional(static_cast<int>(*reported)) : std::nullopt});
    }
  }
  return day;
}

std::string kept_table(const fs::path& file) {
  return fmt::format("read_parquet({}, hive_partitioning = false)", sql_path(file));
}

}  // namespace aml::known
