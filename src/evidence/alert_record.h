#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "evidence/known_addresses.h"
#include "snapshot/snapshot.h"

namespace aml::evidence {

// The row of one alert in alerts.parquet and the clusters it belongs to (the highest score first,
// at most kMaxClusters of them, each with at most kMaxMembers alerts and addresses), as a JSON
// object without its braces; docs/api.md describes the members. Nothing where the input has no
// such alert. "clusters" is null where clusters.parquet is missing or damaged (which is logged).
// Throws Error{bad_input} that names the file where alerts.parquet is damaged. REQUIRES: the input
// has alerts. Its address is added to `mentions`.
std::optional<std::string> alert_record(snapshot::Snapshot& input,
                                        const std::filesystem::path& batch,
                                        const std::string& alert_id, KnownMentions& mentions);

// The alerts about an address with what the batch says of them, by rank, at most kMaxAlerts of
// them, as a JSON array; docs/api.md describes the members. Throws as above. REQUIRES: likewise
std::string alerts_of_address(snapshot::Snapshot& input, const std::filesystem::path& batch,
                              const std::string& address);

// Likewise of what stayed of a day whose input is gone. `session`: of any input.
std::string kept_alerts_of_address(snapshot::Snapshot& session, const std::filesystem::path& kept,
                                   const std::string& address);

inline constexpr int kMaxAlerts = 100;
inline constexpr int kMaxClusters = 20;
inline constexpr int kMaxMembers = 200;

}  // namespace aml::evidence
