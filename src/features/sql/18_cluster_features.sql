-- The features of every cluster: what the cluster model sees. The first column names the cluster; all
-- others are numbers.
-- The cluster itself:
--   total_alerts: alerts, ≥ 0
--   total_volume_usd: USD
--   log_total_volume: ln(1 + x) of it, 0 to 40
--   severity_max: 0 to 3
--   confidence_avg: 0 to 1
--   span_hours: hours from its first to its last alert
--   is_same_entity, is_proximity, is_temporal, is_same_pattern: cluster_type, 0 or 1
-- Its alerts (see cluster_alert_statistics); NULL where none is in the snapshot:
--   alert_count, confidence_stddev, log_alert_volume_stddev, indicator_max, evidence_tx_max: ≥ 0
--   alerted_addresses: distinct, ≥ 1
--   typology_count, pattern_count: distinct, ≥ 0
--   alerts_per_address: ≥ 1
--   address_alerts_max: most alerts of one address, ≥ 1
--   confidence_mean, confidence_min, confidence_max: 0 to 1
--   alert_severity_mean, alert_severity_max: 0 to 3
--   severe_share: high or critical, 0 to 1
--   alert_volume_usd, alert_volume_max_usd, alert_volume_min_usd, alert_volume_mean_usd: USD
--   log_alert_volume_mean: mean of ln(1 + x)
--   top_alert_volume_share: largest by sum, 0 to 1
--   indicator_mean: indicators per alert, ≥ 0
--   mixer_interaction_share, high_risk_counterparty_share: alerts with that indicator, 0 to 1
--   layering_share, fresh_to_exchange_share, fan_out_share, fan_in_share, structuring_share,
--     cycle_share, mixing_share, smurfing_share, peel_chain_share: alerts of that typology family,
--     0 to 1
--   hops_mean: hops in evidence, ≥ 0
--   evidence_span_hours: hours from the earliest to the latest evidence
-- Its addresses (see cluster_address_statistics); NULL where features has none of them:
--   address_count, address_out_in_ratio, degree_total_max, tx_total_count_max: ≥ 0
--   known_share: addresses with features, 0 to 1
--   address_volume_mean_usd, address_volume_max_usd: USD
--   pagerank_mean, structuring_score_mean, velocity_score_mean, reciprocity_ratio_mean,
--     flow_concentration_mean, night_transaction_ratio_mean, clustering_coefficient_mean,
--     suspicious_pattern_score_mean, global_anomaly_score_mean, burst_factor_mean,
--     regularity_score_mean: mean over the addresses
--   pagerank_max, suspicious_pattern_score_max, structuring_score_max: greatest over the addresses
--   degree_total_mean, activity_days_mean, tx_total_count_mean: mean over the addresses, ≥ 0
--   mixer_like_share, exchange_like_share, new_address_share, whale_share: addresses with that
--     flag, 0 to 1
--   community_share: distinct communities per address, 0 to 1
-- Money flows of its addresses within the window; NULL where there are none:
--   flow_in_usd: USD received
--   flow_out_usd: USD paid
--   flow_count: transfers, ≥ 0
--   flow_counterparties_max: most counterparties of one address, ≥ 0
--   internal_flow_count: transfers between its own addresses, ≥ 0
--   internal_flow_usd: their sum, USD
--   internal_share: their share in all that was paid, 0 to 1
--   internal_density: share of the ordered pairs of addresses with transfers, 0 to 1
SELECT
  c.cluster_id AS cluster_id,
  CAST(c.total_alerts AS DOUBLE) AS total_alerts,
  CAST(c.total_volume_usd AS DOUBLE) AS total_volume_usd,
  CASE WHEN c.total_volume_usd IS NOT NULL THEN floor(ln(1.0e0 + greatest(CAST(c.total_volume_usd AS DOUBLE), 0.0e0)) * 1.0e6 + 0.5e0) / 1.0e6 END AS log_total_volume,
  CAST(CASE lower(c.severity_max) WHEN 'low' THEN 0 WHEN 'medium' THEN 1 WHEN 'high' THEN 2 WHEN 'critical' THEN 3 END AS DOUBLE) AS severity_max,
  c.confidence_avg AS confidence_avg,
  CAST(c.latest_alert_second - c.earliest_alert_second AS DOUBLE) / 3.6e3 AS span_hours,
  CASE WHEN c.cluster_type = 'same_entity' THEN 1.0e0 ELSE 0.0e0 END AS is_same_entity,
  CASE WHEN c.cluster_type = 'proximity' THEN 1.0e0 ELSE 0.0e0 END AS is_proximity,
  CASE WHEN c.cluster_type = 'temporal' THEN 1.0e0 ELSE 0.0e0 END AS is_temporal,
  CASE WHEN c.cluster_type IN ('same_pattern', 'pattern_based') THEN 1.0e0 ELSE 0.0e0 END AS is_same_pattern,
  coalesce(CAST(a.alert_count AS DOUBLE), 0.0e0) AS alert_count,
  CAST(a.address_count AS DOUBLE) AS alerted_addresses,
  CAST(a.typology_count AS DOUBLE) AS typology_count,
  CAST(a.pattern_count AS DOUBLE) AS pattern_count,
  CAST(a.alert_count AS DOUBLE) / nullif(CAST(a.address_count AS DOUBLE), 0.0e0) AS alerts_per_address,
  CAST(a.address_alerts_max AS DOUBLE) AS address_alerts_max,
  CAST(a.confidence_sum AS DOUBLE) / nullif(CAST(a.confidence_known AS DOUBLE), 0.0e0) AS confidence_mean,
  v.confidence_stddev AS confidence_stddev,
  a.confidence_min AS confidence_min,
  a.confidence_max AS confidence_max,
  CAST(a.severity_sum AS DOUBLE) / nullif(CAST(a.alert_count AS DOUBLE), 0.0e0) AS alert_severity_mean,
  CAST(a.severity_max AS DOUBLE) AS alert_severity_max,
  CAST(a.severe_count AS DOUBLE) / nullif(CAST(a.alert_count AS DOUBLE), 0.0e0) AS severe_share,
  CAST(a.volume_sum_usd AS DOUBLE) AS alert_volume_usd,
  CAST(a.volume_max_usd AS DOUBLE) AS alert_volume_max_usd,
  CAST(a.volume_min_usd AS DOUBLE) AS alert_volume_min_usd,
  CAST(a.volume_sum_usd AS DOUBLE) / nullif(CAST(a.volume_known AS DOUBLE), 0.0e0) AS alert_volume_mean_usd,
  CAST(a.log_volume_sum AS DOUBLE) / nullif(CAST(a.volume_known AS DOUBLE), 0.0e0) AS log_alert_volume_mean,
  v.log_volume_stddev AS log_alert_volume_stddev,
  CAST(a.volume_max_usd AS DOUBLE) / nullif(CAST(a.volume_sum_usd AS DOUBLE), 0.0e0) AS top_alert_volume_share,
  CAST(a.indicator_sum AS DOUBLE) / nullif(CAST(a.alert_count AS DOUBLE), 0.0e0) AS indicator_mean,
  CAST(a.indicator_max AS DOUBLE) AS indicator_max,
  CAST(a.mixer_interaction_count AS DOUBLE) / nullif(CAST(a.alert_count AS DOUBLE), 0.0e0) AS mixer_interaction_share,
  CAST(a.high_risk_counterparty_count AS DOUBLE) / nullif(CAST(a.alert_count AS DOUBLE), 0.0e0) AS high_risk_counterparty_share,
  CAST(a.layering_count AS DOUBLE) / nullif(CAST(a.alert_count AS DOUBLE), 0.0e0) AS layering_share,
  CAST(a.fresh_to_exchange_count AS DOUBLE) / nullif(CAST(a.alert_count AS DOUBLE), 0.0e0) AS fresh_to_exchange_share,
  CAST(a.fan_out_count AS DOUBLE) / nullif(CAST(a.alert_count AS DOUBLE), 0.0e0) AS fan_out_share,
  CAST(a.fan_in_count AS DOUBLE) / nullif(CAST(a.alert_count AS DOUBLE), 0.0e0) AS fan_in_share,
  CAST(a.structuring_typology_count AS DOUBLE) / nullif(CAST(a.alert_count AS DOUBLE), 0.0e0) AS structuring_share,
  CAST(a.cycle_count AS DOUBLE) / nullif(CAST(a.alert_count AS DOUBLE), 0.0e0) AS cycle_share,
  CAST(a.mixing_count AS DOUBLE) / nullif(CAST(a.alert_count AS DOUBLE), 0.0e0) AS mixing_share,
  CAST(a.smurfing_count AS DOUBLE) / nullif(CAST(a.alert_count AS DOUBLE), 0.0e0) AS smurfing_share,
  CAST(a.peel_chain_count AS DOUBLE) / nullif(CAST(a.alert_count AS DOUBLE), 0.0e0) AS peel_chain_share,
  CAST(a.hops_sum AS DOUBLE) / nullif(CAST(a.hops_known AS DOUBLE), 0.0e0) AS hops_mean,
  a.evidence_tx_max AS evidence_tx_max,
  (a.evidence_last_second - a.evidence_first_second) / 3.6e3 AS evidence_span_hours,
  coalesce(CAST(d.address_count AS DOUBLE), 0.0e0) AS address_count,
  CAST(d.known_count AS DOUBLE) / nullif(CAST(d.address_count AS DOUBLE), 0.0e0) AS known_share,
  CAST(d.total_volume_sum_usd AS DOUBLE) / nullif(CAST(d.known_count AS DOUBLE), 0.0e0) AS address_volume_mean_usd,
  CAST(d.total_volume_max_usd AS DOUBLE) AS address_volume_max_usd,
  CAST(d.total_out_sum_usd AS DOUBLE) / nullif(CAST(d.total_in_sum_usd AS DOUBLE), 0.0e0) AS address_out_in_ratio,
  CAST(d.pagerank_sum AS DOUBLE) / 1.0e9 / nullif(CAST(d.pagerank_known AS DOUBLE), 0.0e0) AS pagerank_mean,
  CAST(d.structuring_score_sum AS DOUBLE) / nullif(CAST(d.structuring_score_known AS DOUBLE), 0.0e0) AS structuring_score_mean,
  CAST(d.velocity_score_sum AS DOUBLE) / nullif(CAST(d.velocity_score_known AS DOUBLE), 0.0e0) AS velocity_score_mean,
  CAST(d.reciprocity_ratio_sum AS DOUBLE) / nullif(CAST(d.reciprocity_ratio_known AS DOUBLE), 0.0e0) AS reciprocity_ratio_mean,
  CAST(d.flow_concentration_sum AS DOUBLE) / nullif(CAST(d.flow_concentration_known AS DOUBLE), 0.0e0) AS flow_concentration_mean,
  CAST(d.night_transaction_ratio_sum AS DOUBLE) / nullif(CAST(d.night_transaction_ratio_known AS DOUBLE), 0.0e0) AS night_transaction_ratio_mean,
  CAST(d.clustering_coefficient_sum AS DOUBLE) / nullif(CAST(d.clustering_coefficient_known AS DOUBLE), 0.0e0) AS clustering_coefficient_mean,
  CAST(d.suspicious_pattern_score_sum AS DOUBLE) / nullif(CAST(d.suspicious_pattern_score_known AS DOUBLE), 0.0e0) AS suspicious_pattern_score_mean,
  CAST(d.global_anomaly_score_sum AS DOUBLE) / nullif(CAST(d.global_anomaly_score_known AS DOUBLE), 0.0e0) AS global_anomaly_score_mean,
  CAST(d.burst_factor_sum AS DOUBLE) / nullif(CAST(d.burst_factor_known AS DOUBLE), 0.0e0) AS burst_factor_mean,
  CAST(d.regularity_score_sum AS DOUBLE) / nullif(CAST(d.regularity_score_known AS DOUBLE), 0.0e0) AS regularity_score_mean,
  d.pagerank_max AS pagerank_max,
  d.suspicious_pattern_score_max AS suspicious_pattern_score_max,
  d.structuring_score_max AS structuring_score_max,
  CAST(d.degree_total_sum AS DOUBLE) / nullif(CAST(d.degree_total_known AS DOUBLE), 0.0e0) AS degree_total_mean,
  CAST(d.activity_days_sum AS DOUBLE) / nullif(CAST(d.activity_days_known AS DOUBLE), 0.0e0) AS activity_days_mean,
  CAST(d.tx_total_count_sum AS DOUBLE) / nullif(CAST(d.tx_total_count_known AS DOUBLE), 0.0e0) AS tx_total_count_mean,
  CAST(d.degree_total_max AS DOUBLE) AS degree_total_max,
  CAST(d.tx_total_count_max AS DOUBLE) AS tx_total_count_max,
  CAST(d.is_mixer_like_count AS DOUBLE) / nullif(CAST(d.known_count AS DOUBLE), 0.0e0) AS mixer_like_share,
  CAST(d.is_exchange_like_count AS DOUBLE) / nullif(CAST(d.known_count AS DOUBLE), 0.0e0) AS exchange_like_share,
  CAST(d.is_new_address_count AS DOUBLE) / nullif(CAST(d.known_count AS DOUBLE), 0.0e0) AS new_address_share,
  CAST(d.is_whale_count AS DOUBLE) / nullif(CAST(d.known_count AS DOUBLE), 0.0e0) AS whale_share,
  CAST(d.community_count AS DOUBLE) / nullif(CAST(d.known_count AS DOUBLE), 0.0e0) AS community_share,
  CAST(d.flow_in_usd AS DOUBLE) AS flow_in_usd,
  CAST(d.flow_out_usd AS DOUBLE) AS flow_out_usd,
  CAST(d.flow_count AS DOUBLE) AS flow_count,
  CAST(d.counterparties_max AS DOUBLE) AS flow_counterparties_max,
  CASE WHEN d.flow_count IS NOT NULL THEN coalesce(CAST(x.internal_count AS DOUBLE), 0.0e0) END AS internal_flow_count,
  CASE WHEN d.flow_count IS NOT NULL THEN coalesce(CAST(x.internal_usd AS DOUBLE), 0.0e0) END AS internal_flow_usd,
  coalesce(CAST(x.internal_usd AS DOUBLE), 0.0e0) / nullif(CAST(d.flow_out_usd AS DOUBLE), 0.0e0) AS internal_share,
  coalesce(CAST(x.internal_pairs AS DOUBLE), 0.0e0) / nullif(CAST(d.address_count AS DOUBLE) * (CAST(d.address_count AS DOUBLE) - 1.0e0), 0.0e0) AS internal_density
FROM clusters AS c
LEFT JOIN cluster_alert_statistics AS a ON a.cluster_id = c.cluster_id
LEFT JOIN cluster_deviations AS v ON v.cluster_id = c.cluster_id
LEFT JOIN cluster_address_statistics AS d ON d.cluster_id = c.cluster_id
LEFT JOIN cluster_flows AS x ON x.cluster_id = c.cluster_id
