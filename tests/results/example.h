#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

#include "base/files.h"
#include "results/writer.h"

// A small batch, and a folder to publish it in.
namespace aml::results {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "aml-results-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline Metadata example_metadata(const std::string& date) {
  Metadata metadata;
  metadata.processing_date = date;
  metadata.network = "bitcoin";
  metadata.window_days = 7;
  metadata.processed_at = "2025-10-26T21:14:03Z";
  metadata.input_counts = {{"alerts", 2}, {"features", 5}};
  metadata.output_counts = {{"alerts_scored", 2}};
  metadata.latencies_ms = {{"features", 12.5}};
  metadata.total_latency_ms = 20.25;
  metadata.models = {{"alert_scorer", {"1.0.0", "alert_scorer_v1.0.0.txt", "abc"}}};
  metadata.snapshot_sha256 = "def";
  metadata.input_sha256 = {{"alerts.parquet", "123"}};
  metadata.feature_sql_sha256 = {{"01_a.sql", "456"}};
  metadata.program_version = "0.1.0";
  metadata.warnings = {"money_flows.parquet is missing: \"null\" features"};
  return metadata;
}

// Writes a whole batch for `date` into root/name.
inline std::filesystem::path publish(const std::filesystem::path& root, const std::string& name,
                                     const std::string& date) {
  const std::filesystem::path directory = root / name;
  std::filesystem::create_directories(directory);
  const Batch batch{{{"a", 0.25, "1.0.0", 0.5, "{}"}, {"b", 0.75, "1.0.0", 0.5, "{\"x\":\"ü\"}"}},
                    {{"b", 1, 0.9}, {"a", 2, 0.1}},
                    {{"c", 0.5, "1.0.0", 0.25, "{}"}}};
  write_tables(directory, batch);
  write_file_atomically(
      directory / kFeaturesFile,
      R"({"alerts":[{"name":"degree_in","group":"address","meaning":"senders","unit":"","range":null}],"clusters":[]})");
  write_metadata(directory, example_metadata(date));
  return directory;
}

}  // namespace aml::results
