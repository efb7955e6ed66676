#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "features/feature_matrix.h"
#include "results/rows.h"
#include "scoring/scoring.h"

// Alerts scored where another engine has their features: `predict --published` makes the rows, and
// `process --groups-dir` takes them.
namespace aml::commands {

inline constexpr const char* kScoredRows = "scored_rows";  // of a folder of groups, and its rows

struct PublishedRows {
  std::filesystem::path model;     // {task}_v{version}.txt, its card beside it
  std::filesystem::path input;     // Parquet: alert_id, and a column of numbers for each feature
  std::filesystem::path output;    // which appears whole
  std::filesystem::path families;  // a JSON object, {feature: family}
  std::string memory_limit{};      // DuckDB's notation; empty: its default
  std::size_t top_features = 10;
  int threads = 1;
};

// Writes of each row what `process` publishes of it: alert_id, score, probability, model_version,
// latency_ms, explain_json, and with them model_sha256 and top_features, which say how it was made.
// Throws Error{bad_input} and Error{not_found} naming the file.
void write_published_rows(const PublishedRows& options);

// The rows of that model with so many features named, one for each of the matrix's and in its
// order; nothing where {folder}/scored_rows.parquet has none of it, or is not there. Throws
// Error{bad_input} where they are not those of the matrix.
std::optional<std::vector<results::ScoredRow>> read_published_rows(
    const std::filesystem::path& folder, const features::FeatureMatrix& matrix,
    const scoring::LoadedModel& model, std::size_t top_features);

}  // namespace aml::commands
