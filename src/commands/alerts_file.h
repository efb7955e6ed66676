#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/database.h"
#include "snapshot/parquet_source.h"
#include "snapshot/schema.h"

// Alerts in a file that a person names: a snapshot's alerts.parquet, or a file like it.
namespace aml::commands {

// Whether it holds text instead of Parquet: .csv, .json, .jsonl, .ndjson.
bool is_text_table(const std::filesystem::path& path);
// Whether it is alerts.parquet beside a META.json.
bool is_of_snapshot(const std::filesystem::path& path);

// A SELECT of columns of alerts.parquet from a file like it, of which nothing but alert_id must be
// there; one row per alert, of several the one that counts (docs/features.md).
std::string select_alerts(Connection& connection, const snapshot::ParquetSource& source,
                          const std::vector<snapshot::Column>& wanted);

}  // namespace aml::commands
