#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace aml::commands {

// Scores in a file that a person names: Parquet (alerts_scored.parquet, or the folder of the batch
// that it stands in), CSV, JSON as the API answers, or a JSON object a line; with the columns
// alert_id and score, and typology_type where there is one.
struct ScoreFile {
  std::vector<std::string> ids;         // ascending, unique
  std::vector<double> scores;           // in [0, 1]
  std::vector<std::string> typologies;  // empty where the file has none
};

// A file of scores that ends in .json, which is one object and is read whole, is no longer.
inline constexpr std::uint64_t kMostJsonBytes = 1 << 30;

// Throws Error{not_found}, or Error{bad_input} naming file and column, or the alert whose score is
// not in [0, 1] or that is there twice, also where a file has more rows than `max_rows`, or one
// that ends in .json more bytes than `most_bytes`.
ScoreFile read_score_file(const std::filesystem::path& given, std::int64_t max_rows,
                          std::uint64_t most_bytes = kMostJsonBytes);

// The typology_type of each of read_score_file's ids, "" where there is none: of a snapshot's
// alerts.parquet, or a file like it; of an alert with several rows that of the row that counts
// (docs/features.md). Throws likewise.
std::vector<std::string> read_typologies(const std::filesystem::path& path,
                                         const std::vector<std::string>& ids,
                                         std::int64_t max_rows);

}  // namespace aml::commands
