#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "simulation/address_features.h"
#include "simulation/alert.h"
#include "simulation/flow.h"
#include "simulation/network.h"

namespace aml::simulation {

// What all files of a snapshot have in common.
struct TableContext {
  const Network& network;
  Window window;
  std::vector<std::string> addresses;  // by id
  std::string memory_limit;            // for DuckDB, in its notation; empty: its default

  std::uint16_t window_days() const { return static_cast<std::uint16_t>(window.days()); }
  std::int32_t processing_day() const {
    return static_cast<std::int32_t>(window.end_ms / kMsPerDay);
  }
  // _version: the moment the processing date begins, so that the same day gives the same bytes.
  std::uint64_t version() const { return static_cast<std::uint64_t>(window.end_ms); }
};

// The files of a snapshot in SOT.md's clickhouse flavour. Flows by time; features by address;
// alerts, clusters and ground truth by id.
void write_money_flows(const std::filesystem::path& file, const TableContext& context,
                       const std::vector<Flow>& flows);
void write_features(const std::filesystem::path& file, const TableContext& context,
                    const std::vector<AddressFeatures>& features);
void write_alerts(const std::filesystem::path& file, const TableContext& context,
                  const std::vector<Alert>& alerts);
void write_clusters(const std::filesystem::path& file, const TableContext& context,
                    const std::vector<Cluster>& clusters, const std::vector<Alert>& alerts);
void write_ground_truth(const std::filesystem::path& file, const TableContext& context,
                        const std::vector<Alert>& alerts, const std::vector<bool>& is_laundering);

}  // namespace aml::simulation
