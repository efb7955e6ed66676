#include "results/writer.h"

#include <algorithm>

#include "base/files.h"
#include "base/parquet_writer.h"

namespace aml::results {

namespace fs = std::filesystem;

namespace {

// Groups of a few thousand rows, so that who reads a day row by row needs little memory.
const ParquetOptions kOptions{.memory_limit = {}, .row_group_rows = 8192};

template <typename Row>
bool says_who_is_sanctioned(const std::vector<Row>& rows) {
  return !rows.empty() && rows.front().is_sanctioned.has_value();
}

void write_scored(const fs::path& file, const char* id, const std::vector<ScoredRow>& rows) {
  std::vector<TableColumn> columns{{id, ColumnType::text},
                                   {"score", ColumnType::float64},
                                   {"probability", ColumnType::float64},
                                   {"model_version", ColumnType::text},
                                   {"latency_ms", ColumnType::float64},
                                   {"explain_json", ColumnType::text}};
  const bool is_told = says_who_is_sanctioned(rows);
  if (is_told) columns.push_back({"sanctioned", ColumnType::boolean});
  write_parquet(file, columns, rows.size(), kOptions, [&](std::size_t i, RowSink& sink) {
    const ScoredRow& row = rows[i];
    sink.text(row.id).real(row.score);
    row.probability ? sink.real(*row.probability) : sink.null();
    sink.text(row.model_version).real(row.latency_ms).text(row.explain_json);
    if (is_told) sink.flag(row.is_sanctioned.value_or(false));
  });
}

void write_ranked(const fs::path& file, const std::vector<RankedRow>& rows) {
  std::vector<TableColumn> columns{
      {"alert_id", ColumnType::text}, {"rank", ColumnType::int64}, {"score", ColumnType::float64}};
  const bool explains = std::any_of(rows.begin(), rows.end(), [](const RankedRow& row) {
    return !row.rank_explain_json.empty();
  });
  if (explains) columns.push_back({"rank_explain_json", ColumnType::text});
  const bool is_told = says_who_is_sanctioned(rows);
  if (is_told) columns.push_back({"sanctioned", ColumnType::boolean});
  write_parquet(file, columns, rows.size(), kOptions, [&](std::size_t i, RowSink& sink) {
    const RankedRow& row = rows[i];
    sink.text(row.alert_id).integer(static_cast<std::uint64_t>(row.rank)).real(row.score);
    if (explains) sink.text(row.rank_explain_json);
    if (is_told) sink.flag(row.is_sanctioned.value_or(false));
  });
}

}  // namespace

void mark_sanctioned(std::vector<ScoredRow>& alerts, std::vector<RankedRow>& ranking,
                     const std::vector<std::string>& alert_ids) {
  const auto is_among = [&](const std::string& id) {
    return std::binary_search(alert_ids.begin(), alert_ids.end(), id);
  };
  for (ScoredRow& row : alerts) row.is_sanctioned = is_among(row.id);
  for (RankedRow& row : ranking) row.is_sanctioned = is_among(row.alert_id);
}

void write_tables(const fs::path& directory, const Batch& batch) {
  write_scored(directory / kAlertsScoredFile, "alert_id", batch.alerts);
  write_ranked(directory / kAlertsRankedFile, batch.ranking);
  write_scored(directory / kClustersScoredFile, "cluster_id", batch.clusters);
}

void write_shadow(const fs::path& directory, const std::vector<std::string>& ids,
                  const std::vector<double>& scores, const std::string& version) {
  const std::vector<TableColumn> columns{{"alert_id", ColumnType::text},
                                         {"score", ColumnType::float64},
                                         {"model_version", ColumnType::text}};
  write_parquet(
      directory / kAlertsShadowFile, columns, ids.size(), kOptions,
      [&](std::size_t i, RowSink& sink) { sink.text(ids[i]).real(scores[i]).text(version); });
}

void write_metadata(const fs::path& directory, const Metadata& metadata) {
  write_file_atomically(directory / kMetadataFile, metadata.to_json());
}

}  // namespace aml::results
