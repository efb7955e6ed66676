#include "results/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <system_error>

#include "base/database.h"
#include "base/error.h"
#include "base/files.h"

namespace aml::results {

namespace fs = std::filesystem;

namespace {

// A batch that is replaced while it is read is read again, so often.
constexpr int kReadAttempts = 5;

// Runs `select` over a Parquet file and hands every row to `take`.
void read_rows(const fs::path& file, const std::string& columns, const std::string& order,
               const std::function<void(const Chunk&, std::size_t row)>& take) {
  if (!file_size_if_exists(file)) {
    throw Error(ErrorKind::not_found, file.string() + " does not exist; process the day again");
  }
  Database database({.threads = 1});
  Connection connection = database.connect();
  try {
    QueryResult result = connection.query(fmt::format("SELECT {} FROM read_parquet({}) ORDER BY {}",
                                                      columns, sql_text(file.string()), order));
    while (const auto chunk = result.next()) {
      for (std::size_t row = 0; row < chunk->rows(); ++row) take(*chunk, row);
    }
  } catch (const Error& e) {
    throw Error(e.kind(),
                fmt::format("cannot read {}: {}; process the day again", file.string(), e.what()));
  }
}

std::vector<ScoredRow> read_scored(const fs::path& file, const std::string& id) {
  std::vector<ScoredRow> rows;
  const std::string columns =
      id + ", score::DOUBLE, model_version::VARCHAR, latency_ms::DOUBLE, explain_json::VARCHAR";
  read_rows(file, columns, id, [&](const Chunk& chunk, std::size_t row) {
    rows.push_back(
        {std::string(chunk.column(0).as_text(row)), chunk.column(1).as_double(row),
         std::string(chunk.column(2).as_text(row)), chunk.column(3).as_double(row),
         chunk.column(4).is_null(row) ? std::string() : std::string(chunk.column(4).as_text(row))});
  });
  return rows;
}

}  // namespace

fs::path batch_directory(const fs::path& output_root, Date date) {
  return output_root / date.text();
}

std::optional<Date> batch_date(const fs::path& directory) {
  const std::optional<Date> date = Date::parse(directory.filename().string());
  if (!date) return std::nullopt;
  for (const char* file : {kAlertsScoredFile, kAlertsRankedFile, kClustersScoredFile}) {
    if (!file_size_if_exists(directory / file)) return std::nullopt;
  }
  try {
    if (read_metadata(directory).processing_date != date->text()) return std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
  return date;
}

std::vector<Date> batch_dates(const fs::path& output_root) {
  std::vector<Date> dates;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(output_root, error)) {
    if (const auto date = batch_date(entry.path())) dates.push_back(*date);
  }
  std::sort(dates.begin(), dates.end(), std::greater<>());
  return dates;
}

Metadata read_metadata(const fs::path& batch) {
  const fs::path path = batch / kMetadataFile;
  return Metadata::parse(read_file(path), path.string());
}

std::vector<ScoredRow> read_scored_alerts(const fs::path& batch) {
  return read_scored(batch / kAlertsScoredFile, "alert_id");
}

std::vector<ScoredRow> read_scored_clusters(const fs::path& batch) {
  return read_scored(batch / kClustersScoredFile, "cluster_id");
}

std::vector<RankedRow> read_ranked_alerts(const fs::path& batch) {
  std::vector<RankedRow> rows;
  read_rows(batch / kAlertsRankedFile, "alert_id, \"rank\"::BIGINT, score::DOUBLE", "\"rank\"",
            [&](const Chunk& chunk, std::size_t row) {
              rows.push_back({std::string(chunk.column(0).as_text(row)),
                              chunk.column(1).as_int64(row), chunk.column(2).as_double(row)});
            });
  return rows;
}

BatchContents read_batch(const fs::path& batch) {
  for (int attempt = 1;; ++attempt) {
    const std::string before = read_file(batch / kMetadataFile);
    try {
      BatchContents contents{Metadata::parse(before, (batch / kMetadataFile).string()),
                             read_scored_alerts(batch), read_ranked_alerts(batch),
                             read_scored_clusters(batch)};
      if (read_file(batch / kMetadataFile) == before) return contents;
    } catch (const Error&) {
      // Files vanish under the reader where the batch is being replaced; otherwise the error is
      // real.
      if (read_file(batch / kMetadataFile) == before || attempt == kReadAttempts) throw;
      continue;
    }
    if (attempt == kReadAttempts) {
      throw Error(ErrorKind::unavailable,
                  batch.string() + " is replaced faster than it can be read; try again");
    }
  }
}

}  // namespace aml::results
