#include "results/writer.h"

#include <fmt/format.h>

#include <string>

#include "base/database.h"
#include "base/files.h"

namespace aml::results {

namespace fs = std::filesystem;

namespace {

// The rows must land in the file in the order of the table.
constexpr int kWritingThreads = 1;

void copy_to_parquet(Connection& connection, const fs::path& file) {
  // Groups of a few thousand rows, so that who reads a day row by row needs little memory.
  connection.run(
      fmt::format("COPY published TO {} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 8192)",
                  sql_text(file.string())));
}

void write_scored(const fs::path& file, const char* id, const std::vector<ScoredRow>& rows) {
  Database database({.threads = kWritingThreads});
  Connection connection = database.connect();
  connection.run(
      fmt::format("CREATE TABLE published ({} VARCHAR, score DOUBLE, model_version VARCHAR, "
                  "latency_ms DOUBLE, explain_json VARCHAR)",
                  id));
  Appender appender = connection.append_to("published");
  for (const ScoredRow& row : rows) {
    appender.add(std::string_view(row.id))
        .add(row.score)
        .add(std::string_view(row.model_version))
        .add(row.latency_ms)
        .add(std::string_view(row.explain_json));
    appender.end_row();
  }
  appender.close();
  copy_to_parquet(connection, file);
}

void write_ranked(const fs::path& file, const std::vector<RankedRow>& rows) {
  Database database({.threads = kWritingThreads});
  Connection connection = database.connect();
  connection.run("CREATE TABLE published (alert_id VARCHAR, \"rank\" BIGINT, score DOUBLE)");
  Appender appender = connection.append_to("published");
  for (const RankedRow& row : rows) {
    appender.add(std::string_view(row.alert_id)).add(row.rank).add(row.score);
    appender.end_row();
  }
  appender.close();
  copy_to_parquet(connection, file);
}

}  // namespace

void write_tables(const fs::path& directory, const Batch& batch) {
  write_scored(directory / kAlertsScoredFile, "alert_id", batch.alerts);
  write_ranked(directory / kAlertsRankedFile, batch.ranking);
  write_scored(directory / kClustersScoredFile, "cluster_id", batch.clusters);
}

void write_metadata(const fs::path& directory, const Metadata& metadata) {
  write_file_atomically(directory / kMetadataFile, metadata.to_json());
}

}  // namespace aml::results
