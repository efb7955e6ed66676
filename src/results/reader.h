#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "base/date.h"
#include "results/metadata.h"
#include "results/rows.h"

// Published batches: an output root holds one folder per processing date, written by `process`.
namespace aml::results {

// The folder of a day's batch, {output_root}/{YYYY-MM-DD}, whether or not it is there.
std::filesystem::path batch_directory(const std::filesystem::path& output_root, Date date);

// The date of the batch that `directory` holds, or nothing where it is none: its name must be a
// date, and a metadata.json of this program for that date and all three Parquet files must be
// inside.
std::optional<Date> batch_date(const std::filesystem::path& directory);

// The dates of the batches in `output_root`, newest first. Staging folders and whatever else lies
// there are passed over; a root that does not exist holds no batches.
std::vector<Date> batch_dates(const std::filesystem::path& output_root);

// The functions below take a batch's folder. They throw Error{not_found} where a file is missing
// and Error{bad_input} naming it where it is damaged or lacks a column.

Metadata read_metadata(const std::filesystem::path& batch);
std::vector<ScoredRow> read_scored_alerts(const std::filesystem::path& batch);    // by alert_id
std::vector<RankedRow> read_ranked_alerts(const std::filesystem::path& batch);    // by rank
std::vector<ScoredRow> read_scored_clusters(const std::filesystem::path& batch);  // by cluster_id

// The rows and metadata of one batch, read together.
struct BatchContents {
  Metadata metadata;
  std::vector<ScoredRow> alerts;
  std::vector<RankedRow> ranking;
  std::vector<ScoredRow> clusters;
};

// Everything in a batch, from one and the same run of `process` even where another run replaces the
// batch meanwhile.
BatchContents read_batch(const std::filesystem::path& batch);

}  // namespace aml::results
