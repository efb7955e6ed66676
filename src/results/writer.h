#pragma once

#include <filesystem>
#include <vector>

#include "results/metadata.h"
#include "results/rows.h"

// Writes the published files into a folder, which the caller stages so that it appears whole.
namespace aml::results {

struct Batch {
  std::vector<ScoredRow> alerts;    // alert_id ascending
  std::vector<RankedRow> ranking;   // rank ascending
  std::vector<ScoredRow> clusters;  // cluster_id ascending
};

// The three Parquet files (zstd), with the columns that docs/output.md lists, in that order.
// REQUIRES: the rows are in the order named above. Throws Error{no_space} where the disk is full.
void write_tables(const std::filesystem::path& directory, const Batch& batch);

// alerts_shadow.parquet: alert_id, score, model_version. REQUIRES: scores[i] belongs to ids[i]
void write_shadow(const std::filesystem::path& directory, const std::vector<std::string>& ids,
                  const std::vector<double>& scores, const std::string& version);

// metadata.json
void write_metadata(const std::filesystem::path& directory, const Metadata& metadata);

}  // namespace aml::results
