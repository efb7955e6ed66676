#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cases/schema.h"

// What people decided, as the ground truth that `train`, `evaluate` and `--history` read.
namespace aml::cases {

// One day's file.
struct LabelsOfDay {
  std::string date;
  std::filesystem::path file;
  std::int64_t alerts = 0;
  std::int64_t reports = 0;
  std::int64_t sampled = 0;  // of those below the line, drawn by chance: they speak for many
};

// The newest day on which something was decided so that it is a label. Throws Error{not_found}
// where there is none.
std::string newest_labelled_day(SqlDatabase& database);

// Writes ground_truth_{date}.parquet for every day from `first` to `last` that has a decision:
// alert_id, is_sar_filed (1: report, 0: no_report), weight (of how many alerts it speaks), and
// beside it since when it is known: the day's last decision. Only what was decided, with four eyes
// where the rules want them; what is unsure, seen, proposed or disputed is no label. Throws
// Error{not_found} where nothing was decided.
std::vector<LabelsOfDay> export_labels(SqlDatabase& database, const std::string& first,
                                       const std::string& last,
                                       const std::filesystem::path& folder);

}  // namespace aml::cases
