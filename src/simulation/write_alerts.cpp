#include <algorithm>
#include <set>

#include "base/parquet_writer.h"
#include "simulation/alert_rules.h"
#include "simulation/tables.h"

namespace aml::simulation {

namespace {

using enum ColumnType;

const std::vector<TableColumn> kAlertColumns = {
    {"window_days", uint16},
    {"processing_date", date},
    {"alert_id", text},
    {"address", text},
    {"typology_type", text},
    {"pattern_id", text},
    {"pattern_type", text},
    {"severity", text},
    {"suspected_address_type", text},
    {"suspected_address_subtype", text},
    {"alert_confidence_score", float32},
    {"description", text},
    {"volume_usd", money},
    {"evidence_json", text},
    {"risk_indicators", text_list},
    {"_version", uint64},
};

const std::vector<TableColumn> kClusterColumns = {
    {"window_days", uint16},
    {"processing_date", date},
    {"cluster_id", text},
    {"cluster_type", text},
    {"primary_address", text},
    {"pattern_id", text},
    {"primary_alert_id", text},
    {"related_alert_ids", text_list},
    {"addresses_involved", text_list},
    {"total_alerts", uint32},
    {"total_volume_usd", money},
    {"severity_max", text},
    {"confidence_avg", float32},
    {"earliest_alert_timestamp", uint64},
    {"latest_alert_timestamp", uint64},
    {"_version", uint64},
};

const std::vector<TableColumn> kTruthColumns = {{"alert_id", text}, {"is_sar_filed", boolean}};

// What a cluster's alerts add up to.
struct Sum {
  std::vector<std::string> alert_ids;
  std::set<std::string> addresses;
  MicroUsd volume = 0;  // each address once, with its largest alert
  Severity severity = Severity::low;
  double confidence = 0;
  std::int64_t earliest_ms = 0;
  std::int64_t latest_ms = 0;
  const Alert* primary = nullptr;  // the most confident
};

Sum sum_up(const Cluster& cluster, const TableContext& context, const std::vector<Alert>& alerts) {
  Sum sum;
  std::vector<std::pair<AddressId, MicroUsd>> volumes;
  for (const std::size_t index : cluster.alerts) {
    const Alert& alert = alerts[index];
    sum.alert_ids.push_back(alert.id);
    sum.addresses.insert(context.addresses[alert.address]);
    volumes.emplace_back(alert.address, alert.volume);
    sum.severity = std::max(sum.severity, alert.severity);
    sum.confidence += alert.confidence / static_cast<double>(cluster.alerts.size());
    const bool first = sum.primary == nullptr;
    sum.earliest_ms = first ? alert.detected_ms : std::min(sum.earliest_ms, alert.detected_ms);
    sum.latest_ms = std::max(sum.latest_ms, alert.detected_ms);
    if (first || alert.confidence > sum.primary->confidence) sum.primary = &alert;
  }
  std::sort(volumes.begin(), volumes.end());
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    const bool last = i + 1 == volumes.size() || volumes[i + 1].first != volumes[i].first;
    if (last) sum.volume += volumes[i].second;
  }
  return sum;
}

}  // namespace

void write_alerts(const std::filesystem::path& file, const TableContext& context,
                  const std::vector<Alert>& alerts) {
  write_parquet(file, kAlertColumns, alerts.size(), {.memory_limit = context.memory_limit},
                [&](std::size_t row, RowSink& sink) {
                  const Alert& alert = alerts[row];
                  sink.integer(context.window_days())
                      .date(context.processing_day())
                      .text(alert.id)
                      .text(context.addresses[alert.address])
                      .text(alert_rules()[alert.rule].typology)
                      .text(alert.pattern_id)
                      .text(alert.pattern_type)
                      .text(severity_name(alert.severity))
                      .text(alert.suspected_type)
                      .text(alert.suspected_subtype)
                      .real(alert.confidence)
                      .text(alert.description)
                      .money(alert.volume)
                      .text(alert.evidence_json)
                      .texts(alert.risk_indicators)
                      .integer(context.version());
                });
}

void write_clusters(const std::filesystem::path& file, const TableContext& context,
                    const std::vector<Cluster>& clusters, const std::vector<Alert>& alerts) {
  write_parquet(file, kClusterColumns, clusters.size(), {.memory_limit = context.memory_limit},
                [&](std::size_t row, RowSink& sink) {
                  const Cluster& cluster = clusters[row];
                  const Sum sum = sum_up(cluster, context, alerts);
                  const std::vector<std::string> addresses(sum.addresses.begin(),
                                                           sum.addresses.end());
                  const bool entity = cluster.type == ClusterType::same_entity;
                  sink.integer(context.window_days())
                      .date(context.processing_day())
                      .text(cluster.id)
                      .text(cluster_type_name(cluster.type))
                      .text(entity ? std::string_view(addresses.front()) : std::string_view())
                      .text(cluster.pattern_id)
                      .text(sum.primary->id)
                      .texts(sum.alert_ids)
                      .texts(addresses)
                      .integer(cluster.alerts.size())
                      .money(sum.volume)
                      .text(severity_name(sum.severity))
                      .real(sum.confidence)
                      .integer(static_cast<std::uint64_t>(sum.earliest_ms))
                      .integer(static_cast<std::uint64_t>(sum.latest_ms))
                      .integer(context.version());
                });
}

void write_ground_truth(const std::filesystem::path& file, const TableContext& context,
                        const std::vector<Alert>& alerts, const std::vector<bool>& is_laundering) {
  write_parquet(file, kTruthColumns, alerts.size(), {.memory_limit = context.memory_limit},
                [&](std::size_t row, RowSink& sink) {
                  sink.text(alerts[row].id).flag(is_laundering[alerts[row].address]);
                });
}

}  // namespace aml::simulation
