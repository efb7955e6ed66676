#pragma once

#include <filesystem>
#include <string>

#include "base/database.h"
#include "sot/snapshot.h"

// A small input, to lie beside the batch of ../results/example.h: alerts a and b, cluster c.
namespace aml::evidence {

inline void write_parquet(const std::filesystem::path& path, const std::string& query) {
  std::filesystem::create_directories(path.parent_path());
  std::filesystem::remove(path);
  Database database({.threads = 1});
  database.connect().run("COPY (" + query + ") TO '" + path.string() + "' (FORMAT parquet)");
}

inline void write_alerts(const std::filesystem::path& day) {
  write_parquet(
      day / sot::kAlertsFile,
      "SELECT *, DATE '2025-10-26' AS processing_date, 7 AS window_days FROM (VALUES "
      "('a', 'x', 'FAN_IN', 'high', 10.5, 0.25, 'said <b>this</b>', '{\"n\":1}', ['p', 'q'], 1), "
      "('a', 'x', 'FAN_IN', 'low', 9, 0.25, 'older', '{}', ['p'], 0), "
      "('b', '=y', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1)) "
      "t(alert_id, address, typology_type, severity, volume_usd, alert_confidence_score, "
      "description, evidence_json, risk_indicators, _version)");
}

inline void write_clusters(const std::filesystem::path& day) {
  write_parquet(day / sot::kClustersFile,
                "SELECT *, DATE '2025-10-26' AS processing_date, 7 AS window_days FROM (VALUES "
                "('0', 'temporal', 'a', ['a', 'b'], ['x', '=y'], 1000), "
                "('c', 'proximity', 'a', ['b'], ['x'], 2000)) "
                "t(cluster_id, cluster_type, primary_alert_id, related_alert_ids, "
                "addresses_involved, earliest_alert_timestamp)");
}

inline void write_flows(const std::filesystem::path& day) {
  write_parquet(
      day / sot::kMoneyFlowsFile,
      "SELECT * FROM (VALUES ('x', 'y', 2.5, 1700000002000), ('x', 'y', 1, 1700000001000), "
      "('y', 'x', 3, 1700000003000), ('z', 'x', 0.0001, 1700000004000), "
      "(NULL, 'x', 9, 1700000005000)) "
      "t(source_address, dest_address, amount_usd, timestamp)");
}

inline void write_input(const std::filesystem::path& day) {
  write_alerts(day);
  write_clusters(day);
  write_flows(day);
}

}  // namespace aml::evidence
