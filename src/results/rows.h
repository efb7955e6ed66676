#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// The published schema: what `process` writes and `serve` reads. docs/output.md describes it to
// users.
namespace aml::results {

inline constexpr const char* kAlertsScoredFile = "alerts_scored.parquet";
inline constexpr const char* kAlertsRankedFile = "alerts_ranked.parquet";
inline constexpr const char* kClustersScoredFile = "clusters_scored.parquet";
inline constexpr const char* kAlertsShadowFile = "alerts_shadow.parquet";  // of --shadow alone
inline constexpr const char* kMetadataFile = "metadata.json";
inline constexpr std::uint64_t kMostMetadataBytes = 16'777'216;  // that are read
inline constexpr const char* kFeaturesFile = "features.json";
inline constexpr const char* kCounterfactualsFile = "counterfactuals.json";  // where asked for
inline constexpr const char* kKnownAddressesFile = "known_addresses.json";   // where some are named
inline constexpr const char* kFirstStageFile = "first_stage.json";           // where models see one
inline constexpr const char* kModelCardsFile = "model_cards.json";

// A row of alerts_scored.parquet, and of clusters_scored.parquet with cluster_id for alert_id.
struct ScoredRow {
  std::string id;             // alert_id or cluster_id
  double score = 0;           // in [0, 1]
  std::string model_version;  // "1.0.0"
  double latency_ms = 0;      // measured; the only column that differs between runs
  std::string explain_json;   // see API.md
  // What the score says of being reported, in [0, 1]; nothing of a model without a calibration.
  std::optional<double> probability{};
  // Whether an alert's address is on a sanctions list; nothing where nobody asked, and of clusters.
  std::optional<bool> is_sanctioned{};
};

// A row of alerts_ranked.parquet.
struct RankedRow {
  std::string alert_id;
  std::int64_t rank = 0;                // 1..n, no ties
  double score = 0;                     // in [0, 1]; ranks follow it, then alert_id
  std::string rank_explain_json{};      // empty where the alert scorer ranks, which explains itself
  std::optional<bool> is_sanctioned{};  // as ScoredRow has it
};

// Says of each row whether its alert is among `alert_ids`, which are sorted.
void mark_sanctioned(std::vector<ScoredRow>& alerts, std::vector<RankedRow>& ranking,
                     const std::vector<std::string>& alert_ids);

}  // namespace aml::results
