#include "snapshot/schema.h"

#include <algorithm>

namespace aml::snapshot {
namespace {

struct FeatureColumn {
  const char* name;
  Kind kind;
  const char* alias = nullptr;
};

// The 99 documented columns without keys and without text (dominant_asset_in and
// dominant_asset_out).
constexpr FeatureColumn kFeatureColumns[] = {
    {"degree_in", Kind::count},
    {"degree_out", Kind::count},
    {"degree_total", Kind::count},
    {"unique_counterparties", Kind::count},
    {"total_in_usd", Kind::money},
    {"total_out_usd", Kind::money},
    {"net_flow_usd", Kind::money},
    {"total_volume_usd", Kind::money},
    {"avg_tx_in_usd", Kind::money},
    {"avg_tx_out_usd", Kind::money},
    {"median_tx_in_usd", Kind::money},
    {"median_tx_out_usd", Kind::money},
    {"max_tx_usd", Kind::money},
    {"min_tx_usd", Kind::money},
    {"amount_variance", Kind::number},
    {"amount_skewness", Kind::number},
    {"amount_kurtosis", Kind::number},
    {"volume_std", Kind::number},
    {"volume_cv", Kind::number},
    {"flow_concentration", Kind::number},
    {"tx_in_count", Kind::count},
    {"tx_out_count", Kind::count},
    {"tx_total_count", Kind::count},
    {"activity_days", Kind::count},
    {"activity_span_days", Kind::count},
    {"avg_daily_volume_usd", Kind::money},
    {"peak_hour", Kind::count},
    {"peak_day", Kind::count},
    {"regularity_score", Kind::number},
    {"burst_factor", Kind::number},
    {"reciprocity_ratio", Kind::number},
    {"flow_diversity", Kind::number},
    {"counterparty_concentration", Kind::number},
    {"concentration_ratio", Kind::number},
    {"velocity_score", Kind::number},
    {"structuring_score", Kind::number},
    {"unique_assets_in", Kind::count},
    {"unique_assets_out", Kind::count},
    {"asset_diversity_score", Kind::number},
    {"hourly_activity", Kind::number_list},
    {"daily_activity", Kind::number_list},
    {"peak_activity_hour", Kind::count},
    {"peak_activity_day", Kind::count},
    {"hourly_entropy", Kind::number},
    {"daily_entropy", Kind::number},
    {"weekend_transaction_ratio", Kind::number},
    {"night_transaction_ratio", Kind::number},
    {"small_transaction_ratio", Kind::number},
    {"consistency_score", Kind::number},
    {"pagerank", Kind::number},
    {"betweenness", Kind::number},
    {"closeness", Kind::number},
    {"clustering_coefficient", Kind::number},
    {"kcore", Kind::count},
    {"community_id", Kind::count},
    {"centrality_score", Kind::number},
    {"khop1_count", Kind::count},
    {"khop2_count", Kind::count},
    {"khop3_count", Kind::count},
    {"khop1_volume_usd", Kind::money},
    {"khop2_volume_usd", Kind::money},
    {"khop3_volume_usd", Kind::money},
    {"flow_reciprocity_entropy", Kind::number},
    {"counterparty_stability", Kind::number},
    {"flow_burstiness", Kind::number},
    {"transaction_regularity", Kind::number},
    {"amount_predictability", Kind::number},
    {"behavioral_anomaly_score", Kind::number},
    {"graph_anomaly_score", Kind::number},
    {"neighborhood_anomaly_score", Kind::number},
    {"global_anomaly_score", Kind::number},
    {"outlier_transactions", Kind::count},
    {"suspicious_pattern_score", Kind::number},
    {"is_exchange_like", Kind::flag},
    {"is_whale", Kind::flag},
    {"is_mixer_like", Kind::flag},
    {"is_contract_like", Kind::flag},
    {"is_new_address", Kind::flag},
    {"is_dormant_reactivated", Kind::flag, "is_dormant_activated"},
    {"is_high_volume_trader", Kind::flag},
    {"is_hub_address", Kind::flag, "is_hub"},
    {"is_retail_active", Kind::flag},
    {"is_whale_inactive", Kind::flag},
    {"is_retail_inactive", Kind::flag},
    {"is_regular_user", Kind::flag},
    {"unique_recipients_count", Kind::count},
    {"unique_senders_count", Kind::count},
    {"completeness_score", Kind::number},
    {"quality_score", Kind::number, "data_quality_score"},
    {"outlier_score", Kind::number},
    {"confidence_score", Kind::number, "feature_confidence_score"},
    {"first_activity_timestamp", Kind::second},
    {"last_activity_timestamp", Kind::second},
};

}  // namespace

const std::vector<Column>& alert_columns() {
  static const std::vector<Column> columns = {
      {"alert_id", Kind::text, true},
      {"address", Kind::text, true},
      {"window_days", Kind::count, true},
      {"processing_date", Kind::day, true},
      {"typology_type", Kind::text},
      {"pattern_id", Kind::text},
      {"pattern_type", Kind::text},
      {"severity", Kind::text},
      {"suspected_address_type", Kind::text},
      {"suspected_address_subtype", Kind::text},
      {"alert_confidence_score", Kind::number},
      {"description", Kind::text},
      {"volume_usd", Kind::money},
      {"evidence_json", Kind::json},
      {"risk_indicators", Kind::text_list},
      {"_version", Kind::version},
  };
  return columns;
}

const std::vector<Column>& feature_columns() {
  static const std::vector<Column> columns = [] {
    std::vector<Column> all = {
        {"address", Kind::text, true},
        {"window_days", Kind::count, true},
        {"processing_date", Kind::day, true},
    };
    for (const FeatureColumn& column : kFeatureColumns) {
      all.push_back({column.name, column.kind});
      if (column.alias != nullptr) {
        all.back().aliases.emplace_back(column.alias);
      }
    }
    all.push_back({"_version", Kind::version});
    return all;
  }();
  return columns;
}

const std::vector<Column>& cluster_columns() {
  static const std::vector<Column> columns = {
      {"cluster_id", Kind::text, true},         {"window_days", Kind::count, true},
      {"processing_date", Kind::day, true},     {"cluster_type", Kind::text},
      {"primary_address", Kind::text},          {"pattern_id", Kind::text},
      {"primary_alert_id", Kind::text},         {"related_alert_ids", Kind::text_list},
      {"addresses_involved", Kind::text_list},  {"total_alerts", Kind::count},
      {"total_volume_usd", Kind::money},        {"severity_max", Kind::text},
      {"confidence_avg", Kind::number},         {"earliest_alert_timestamp", Kind::second},
      {"latest_alert_timestamp", Kind::second}, {"_version", Kind::version},
  };
  return columns;
}

const std::vector<Column>& transfer_columns() {
  static const std::vector<Column> columns = {
      {"source_address", Kind::text, true, {"from_address"}},
      {"dest_address", Kind::text, true, {"to_address"}},
      {"amount_usd", Kind::amount, true},
      {"timestamp", Kind::second, true},
  };
  return columns;
}

const std::vector<Column>& pair_columns() {
  static const std::vector<Column> columns = {
      {"source_address", Kind::text, true, {"from_address"}},
      {"dest_address", Kind::text, true, {"to_address"}},
      {"tx_count", Kind::count, true},
      {"amount_usd_sum", Kind::amount, true},
      {"first_seen_timestamp", Kind::second},
      {"last_seen_timestamp", Kind::second},
  };
  return columns;
}

const Column& column_named(const std::vector<Column>& columns, std::string_view name) {
  return *std::find_if(columns.begin(), columns.end(),
                       [&](const Column& column) { return column.name == name; });
}

std::string description_of(Kind kind) {
  switch (kind) {
    case Kind::text:
      return "text";
    case Kind::day:
      return "a date";
    case Kind::count:
    case Kind::version:
      return "a whole number";
    case Kind::number:
      return "a number";
    case Kind::money:
    case Kind::amount:
      return "a decimal or other number";
    case Kind::flag:
      return "a boolean or 0 and 1";
    case Kind::second:
    case Kind::instant:
      return "milliseconds since 1970 or a timestamp";
    case Kind::text_list:
      return "a list of text";
    case Kind::number_list:
      return "a list of numbers";
    case Kind::json:
      return "JSON text";
  }
  return "";
}

}  // namespace aml::snapshot
