#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>

#include "snapshot/parquet_source.h"

namespace aml::snapshot {

// What became of alerts or clusters: id → 1 (a suspicious activity report was filed) or 0.
using Labels = std::unordered_map<std::string, int>;

// Reads ground_truth_{date}.parquet: alert_id and is_sar_filed (or label), boolean or 0/1. Rows
// without a label are left out. Throws Error{not_found}, or Error{bad_input} naming file and
// column, also where the file has more rows than `max_rows`.
Labels read_ground_truth(const std::filesystem::path& path, std::int64_t max_rows = kMaxRows);

// Of how many alerts each label speaks: those of a sample for many.
using LabelWeights = std::unordered_map<std::string, double>;
inline constexpr double kMostWeight = 1e6;

// Reads the column `weight` of the same file; empty where it has none, without those that are null.
// Throws Error{bad_input} where a weight is not above 0 and at most kMostWeight.
LabelWeights read_label_weights(const std::filesystem::path& path,
                                std::int64_t max_rows = kMaxRows);

}  // namespace aml::snapshot
