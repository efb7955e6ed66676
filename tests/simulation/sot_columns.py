"""SOT.md's columns, as the clickhouse flavour types them: a change here is a change of the contract."""

ALERTS = """
window_days uint16, processing_date date, alert_id string, address string, typology_type string,
pattern_id string, pattern_type string, severity string, suspected_address_type string,
suspected_address_subtype string, alert_confidence_score float, description string, volume_usd money,
evidence_json string, risk_indicators strings, _version uint64
"""

FEATURES = """
window_days uint16, processing_date date, address string, degree_in uint32, degree_out uint32,
degree_total uint32, unique_counterparties uint32, total_in_usd money, total_out_usd money,
net_flow_usd money, total_volume_usd money, avg_tx_in_usd money, avg_tx_out_usd money,
median_tx_in_usd money, median_tx_out_usd money, max_tx_usd money, min_tx_usd money,
amount_variance double, amount_skewness double, amount_kurtosis double, volume_std double,
volume_cv double, flow_concentration double, tx_in_count uint64, tx_out_count uint64,
tx_total_count uint64, activity_days uint32, activity_span_days uint32, avg_daily_volume_usd money,
peak_hour uint8, peak_day uint8, regularity_score float, burst_factor float, reciprocity_ratio float,
flow_diversity float, counterparty_concentration float, concentration_ratio float,
velocity_score float, structuring_score float, unique_assets_in uint32, unique_assets_out uint32,
dominant_asset_in string, dominant_asset_out string, asset_diversity_score float,
hourly_activity uint16s, daily_activity uint16s, peak_activity_hour uint8, peak_activity_day uint8,
hourly_entropy float, daily_entropy float, weekend_transaction_ratio float,
night_transaction_ratio float, small_transaction_ratio float, consistency_score float, pagerank float,
betweenness float, closeness float, clustering_coefficient float, kcore uint32, community_id uint32,
centrality_score float, khop1_count uint32, khop2_count uint32, khop3_count uint32,
khop1_volume_usd money, khop2_volume_usd money, khop3_volume_usd money,
flow_reciprocity_entropy float, counterparty_stability float, flow_burstiness float,
transaction_regularity float, amount_predictability float, behavioral_anomaly_score float,
graph_anomaly_score float, neighborhood_anomaly_score float, global_anomaly_score float,
outlier_transactions uint32, suspicious_pattern_score float, is_exchange_like bool, is_whale bool,
is_mixer_like bool, is_contract_like bool, is_new_address bool, is_dormant_reactivated bool,
is_high_volume_trader bool, is_hub_address bool, is_retail_active bool, is_whale_inactive bool,
is_retail_inactive bool, is_regular_user bool, unique_recipients_count uint32,
unique_senders_count uint32, completeness_score float, quality_score float, outlier_score float,
confidence_score float, first_activity_timestamp uint64, last_activity_timestamp uint64,
_version uint64
"""

CLUSTERS = """
window_days uint16, processing_date date, cluster_id string, cluster_type string,
primary_address string, pattern_id string, primary_alert_id string, related_alert_ids strings,
addresses_involved strings, total_alerts uint32, total_volume_usd money, severity_max string,
confidence_avg float, earliest_alert_timestamp uint64, latest_alert_timestamp uint64, _version uint64
"""

MONEY_FLOWS = """
source_address string, dest_address string, amount_usd money, timestamp uint64, asset string,
tx_hash string, network string, block_number uint64
"""

GROUND_TRUTH = "alert_id string, is_sar_filed bool"

ARROW = {
    "money": "decimal128(38, 18)",
    "date": "date32[day]",
    "strings": "list<element: string>",
    "uint16s": "list<element: uint16>",
}


def columns(table):
    """(name, type as pyarrow prints it) of each column."""
    pairs = [column.split() for column in table.replace("\n", " ").split(",")]
    return [(name, ARROW.get(kind, kind)) for name, kind in pairs]
