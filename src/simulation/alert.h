#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulation/flow.h"

namespace aml::simulation {

enum class Severity : std::uint8_t { low, medium, high, critical };
const char* severity_name(Severity severity);

// A rule's complaint about an address.
struct Alert {
  std::string id;
  AddressId address = 0;
  std::size_t rule = 0;      // row of alert_rules()
  double strength = 0;       // what the rule measured, 0 to 1
  std::string pattern_id;    // '' where the rule sees no pattern of several addresses
  std::string pattern_type;  // likewise
  Severity severity = Severity::low;
  std::string suspected_type = "unknown";
  std::string suspected_subtype;
  double confidence = 0;
  std::string description;
  MicroUsd volume = 0;
  std::string evidence_json;
  std::vector<std::string> risk_indicators;
  std::int64_t detected_ms = 0;
};

enum class ClusterType : std::uint8_t { same_entity, same_pattern, proximity, temporal };
const char* cluster_type_name(ClusterType type);

// Alerts that belong together.
struct Cluster {
  std::string id;
  ClusterType type = ClusterType::same_entity;
  std::string pattern_id;           // of same_pattern
  std::vector<std::size_t> alerts;  // indices, ascending; at least two
};

}  // namespace aml::simulation
