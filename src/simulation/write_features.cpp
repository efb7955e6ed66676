#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/parquet_writer.h"
#include "simulation/tables.h"

namespace aml::simulation {

namespace {

using enum ColumnType;

const std::vector<TableColumn> kColumns = {
    {"window_days", uint16},
    {"processing_date", date},
    {"address", text},
    {"degree_in", uint32},
    {"degree_out", uint32},
    {"degree_total", uint32},
    {"unique_counterparties", uint32},
    {"total_in_usd", money},
    {"total_out_usd", money},
    {"net_flow_usd", money},
    {"total_volume_usd", money},
    {"avg_tx_in_usd", money},
    {"avg_tx_out_usd", money},
    {"median_tx_in_usd", money},
    {"median_tx_out_usd", money},
    {"max_tx_usd", money},
    {"min_tx_usd", money},
    {"amount_variance", float64},
    {"amount_skewness", float64},
    {"amount_kurtosis", float64},
    {"volume_std", float64},
    {"volume_cv", float64},
    {"flow_concentration", float64},
    {"tx_in_count", uint64},
    {"tx_out_count", uint64},
    {"tx_total_count", uint64},
    {"activity_days", uint32},
    {"activity_span_days", uint32},
    {"avg_daily_volume_usd", money},
    {"peak_hour", uint8},
    {"peak_day", uint8},
    {"regularity_score", float32},
    {"burst_factor", float32},
    {"reciprocity_ratio", float32},
    {"flow_diversity", float32},
    {"counterparty_concentration", float32},
    {"concentration_ratio", float32},
    {"velocity_score", float32},
    {"structuring_score", float32},
    {"unique_assets_in", uint32},
    {"unique_assets_out", uint32},
    {"dominant_asset_in", text},
    {"dominant_asset_out", text},
    {"asset_diversity_score", float32},
    {"hourly_activity", uint16_list},
    {"daily_activity", uint16_list},
    {"peak_activity_hour", uint8},
    {"peak_activity_day", uint8},
    {"hourly_entropy", float32},
    {"daily_entropy", float32},
    {"weekend_transaction_ratio", float32},
    {"night_transaction_ratio", float32},
    {"small_transaction_ratio", float32},
    {"consistency_score", float32},
    {"pagerank", float32},
    {"betweenness", float32},
    {"closeness", float32},
    {"clustering_coefficient", float32},
    {"kcore", uint32},
    {"community_id", uint32},
    {"centrality_score", float32},
    {"khop1_count", uint32},
    {"khop2_count", uint32},
    {"khop3_count", uint32},
    {"khop1_volume_usd", money},
    {"khop2_volume_usd", money},
    {"khop3_volume_usd", money},
    {"flow_reciprocity_entropy", float32},
    {"counterparty_stability", float32},
    {"flow_burstiness", float32},
    {"transaction_regularity", float32},
    {"amount_predictability", float32},
    {"behavioral_anomaly_score", float32},
    {"graph_anomaly_score", float32},
    {"neighborhood_anomaly_score", float32},
    {"global_anomaly_score", float32},
    {"outlier_transactions", uint32},
    {"suspicious_pattern_score", float32},
    {"is_exchange_like", boolean},
    {"is_whale", boolean},
    {"is_mixer_like", boolean},
    {"is_contract_like", boolean},
    {"is_new_address", boolean},
    {"is_dormant_reactivated", boolean},
    {"is_high_volume_trader", boolean},
    {"is_hub_address", boolean},
    {"is_retail_active", boolean},
    {"is_whale_inactive", boolean},
    {"is_retail_inactive", boolean},
    {"is_regular_user", boolean},
    {"unique_recipients_count", uint32},
    {"unique_senders_count", uint32},
    {"completeness_score", float32},
    {"quality_score", float32},
    {"outlier_score", float32},
    {"confidence_score", float32},
    {"first_activity_timestamp", uint64},
    {"last_activity_timestamp", uint64},
    {"_version", uint64},
};

// An estimate's cents are noise; whole cents keep the file small.
MicroUsd to_money(double usd) { return std::llround(usd * 100) * (kMicrosPerUsd / 100); }

void add_amounts(const AddressFeatures& one, RowSink& sink) {
  const AmountFeatures& amounts = one.amounts;
  sink.money(amounts.total_in)
      .money(amounts.total_out)
      .money(amounts.total_in - amounts.total_out)
      .money(one.volume())
      .attos(amounts.mean_in_attos)
      .attos(amounts.mean_out_attos)
      .attos(amounts.median_in_attos)
      .attos(amounts.median_out_attos)
      .money(amounts.largest)
      .money(amounts.smallest)
      .real(amounts.variance)
      .real(amounts.skewness)
      .real(amounts.kurtosis)
      .real(amounts.standard_deviation)
      .real(amounts.coefficient_of_variation)
      .real(amounts.gini);
}

// From tx_in_count to asset_diversity_score.
void add_activity(const AddressFeatures& one, const TableContext& context, RowSink& sink) {
  const PartyFeatures& parties = one.parties;
  const TimeFeatures& times = one.times;
  const double per_day = static_cast<double>(one.transactions()) / context.window_days();
  const auto asset = [&context](std::uint32_t held, std::uint8_t main) {
    return held == 0 ? std::string_view() : std::string_view(context.network.assets()[main].symbol);
  };
  sink.integer(one.tx_in)
      .integer(one.tx_out)
      .integer(one.transactions())
      .integer(times.active_days)
      .integer(times.span_days)
      .attos(static_cast<Int128>(one.volume()) * 1'000'000'000'000 / context.window_days())
      .integer(times.peak_hour)
      .integer(times.peak_weekday)
      .real(times.regularity)
      .real(times.burst_factor)
      .real(parties.reciprocity)
      .real(parties.flow_entropy)
      .real(parties.concentration)
      .real(parties.gini)
      .real(std::min(1.0, per_day / 50))
      .real(one.amounts.structuring)
      .integer(parties.assets_in)
      .integer(parties.assets_out)
      .text(asset(parties.assets_in, parties.main_asset_in))
      .text(asset(parties.assets_out, parties.main_asset_out))
      .real(parties.asset_diversity);
}

// From hourly_activity to consistency_score.
void add_times(const AddressFeatures& one, RowSink& sink) {
  const TimeFeatures& times = one.times;
  sink.integers(times.hours)
      .integers(times.weekdays)
      .integer(times.peak_hour)
      .integer(times.peak_weekday)
      .real(times.hour_entropy)
      .real(times.weekday_entropy)
      .real(times.weekend_share)
      .real(times.night_share)
      .real(one.amounts.small_share)
      .real(times.consistency);
}

// From pagerank to suspicious_pattern_score.
void add_position(const AddressFeatures& one, RowSink& sink) {
  const GraphFeatures& graph = one.graph;
  sink.real(graph.pagerank)
      .real(graph.betweenness)
      .real(graph.closeness)
      .real(graph.clustering)
      .integer(graph.kcore)
      .integer(graph.community)
      .real(graph.centrality);
  for (const std::uint32_t count : graph.hop_counts) sink.integer(count);
  for (const double usd : graph.hop_usd) sink.money(to_money(usd));
  sink.real(one.parties.reciprocal_entropy)
      .real(one.parties.stability)
      .real(one.times.burstiness)
      .real((one.times.regularity + one.times.consistency) / 2)
      .real(one.amounts.predictability)
      .real(one.anomaly.behavioral)
      .real(one.anomaly.graph)
      .real(one.anomaly.neighborhood)
      .real(one.anomaly.global)
      .integer(one.amounts.outliers)
      .real(one.anomaly.suspicious);
}

// From is_exchange_like to is_regular_user. What SOT.md gives a number for is that number; the
// others are thresholds of ours, see docs/simulation.md.
void add_kinds(const AddressFeatures& one, RowSink& sink) {
  const double usd = one.volume_usd();
  const std::uint32_t count = one.transactions();
  const PartyFeatures& parties = one.parties;
  const bool flags[] = {
      parties.parties >= 100 && one.times.consistency >= 0.6,  // exchange
      usd >= 1'000'000,                                        // whale
      parties.senders >= 10 && parties.receivers >= 10 &&
          one.amounts.predictability >= 0.6,                // mixer
      parties.parties >= 20 && parties.reciprocity >= 0.5,  // contract
      one.is_new,
      one.is_dormant,
      usd >= 10'000 && count >= 1'000,                   // high-volume trader
      parties.receivers >= 50 && parties.senders >= 50,  // hub
      count >= 100 && usd < 1'000,                       // active retail
      count < 10 && usd >= 10'000,                       // inactive whale
      count < 10 && usd < 100,                           // inactive retail
  };
  bool any = false;
  for (std::size_t i = 0; i < std::size(flags); ++i) {
    sink.flag(flags[i]);
    const bool is_history = i == 4 || i == 5;
    any = any || (flags[i] && !is_history);
  }
  sink.flag(!any);
}

}  // namespace

void write_features(const std::filesystem::path& file, const TableContext& context,
                    const std::vector<AddressFeatures>& features) {
  std::vector<AddressId> order(features.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&context](AddressId a, AddressId b) {
    return context.addresses[a] < context.addresses[b];
  });
  write_parquet(file, kColumns, order.size(), {.memory_limit = context.memory_limit},
                [&](std::size_t row, RowSink& sink) {
                  const AddressFeatures& one = features[order[row]];
                  const PartyFeatures& parties = one.parties;
                  sink.integer(context.window_days())
                      .date(context.processing_day())
                      .text(context.addresses[order[row]])
                      .integer(parties.senders)
                      .integer(parties.receivers)
                      .integer(parties.senders + parties.receivers)
                      .integer(parties.parties);
                  add_amounts(one, sink);
                  add_activity(one, context, sink);
                  add_times(one, sink);
                  add_position(one, sink);
                  add_kinds(one, sink);
                  sink.integer(parties.receivers)
                      .integer(parties.senders)
                      .real(one.anomaly.completeness)
                      .real(one.anomaly.quality)
                      .real(one.anomaly.outlier)
                      .real(one.anomaly.confidence)
                      .integer(static_cast<std::uint64_t>(one.times.first_ms))
                      .integer(static_cast<std::uint64_t>(one.times.last_ms))
                      .integer(context.version());
                });
}

}  // namespace aml::simulation
