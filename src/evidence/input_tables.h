#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/database.h"
#include "evidence/input_root.h"

// Temporary tables of a connection, read from a day's input in any producer's flavour. All throw
// Error{bad_input} that names file and column where the file cannot be read.
namespace aml::evidence {

// input_alerts: one alert with all columns of snapshot::alert_columns(), or without an `alert_id`
// all alerts with those that fit a table. One row per alert: that of the batch's window, then that
// with the highest _version. REQUIRES: day.has_alerts
void make_alerts(Connection& connection, const InputDay& day, std::int64_t window_days,
                 const std::optional<std::string>& alert_id = std::nullopt);

// memberships(cluster_id, alert_id), each pair once. REQUIRES: day.has_clusters
void make_memberships(Connection& connection, const InputDay& day);

// input_clusters: the columns of snapshot::cluster_columns() of the clusters that hold `alert_id`,
// one row per cluster. REQUIRES: day.has_clusters
void make_clusters_of(Connection& connection, const InputDay& day, std::int64_t window_days,
                      const std::string& alert_id);

// A file of the batch as a table in SQL.
std::string published(const std::filesystem::path& batch, const char* file);

}  // namespace aml::evidence
