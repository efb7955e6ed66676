-- The features of every alert: what the alert models see. The first column names the alert; all others are
-- numbers. A meaning that ends in a range is always within it.
-- The alert itself:
--   alert_confidence_score: producer's confidence, 0 to 1
--   alert_volume_usd: USD moved in the alert
--   severity_level: 0 low, 1 medium, 2 high, 3 critical
--   typology_is_layering, typology_is_fresh_to_exchange, typology_is_fan_out, typology_is_fan_in,
--     typology_is_hub, typology_is_structuring, typology_is_cycle, typology_is_mixing,
--     typology_is_smurfing, typology_is_peel_chain, typology_is_velocity: typology family (see
--     alert_codes), 0 or 1
--   suspects_mixer, suspects_scam, suspects_exchange, suspects_wallet, suspects_bridge,
--     suspects_contract: suspected_address_type, 0 or 1
-- Its evidence (evidence_json), NULL where absent:
--   evidence_tx_count: transactions, ≥ 0
--   evidence_volume_usd: USD
--   evidence_hops: length of the path, ≥ 0
--   evidence_time_span_hours: hours, ≥ 0
--   evidence_counterparties: addresses, ≥ 0
--   evidence_patterns: entries of pattern_matches, ≥ 0
--   evidence_detection_age_hours: hours from detection to the end of the window
-- Its risk indicators, 0 or 1 each:
--   indicator_count: distinct indicators, ≥ 0
--   indicator_mixer_interaction, indicator_high_risk_counterparty, indicator_new_address,
--     indicator_round_amounts, indicator_dormant_reactivated, indicator_circular_flow,
--     indicator_night_activity, indicator_high_volume, indicator_rapid_movement,
--     indicator_structuring, indicator_fan_in, indicator_fan_out: triggered
-- Columns of features.parquet for the alert's address, window and day; NULL where it has no row:
--   degree_in: Number of unique senders
--   degree_out: Number of unique receivers
--   degree_total: Total degree (in + out)
--   unique_counterparties: Distinct addresses interacted with
--   total_in_usd: Total incoming value, USD
--   total_out_usd: Total outgoing value, USD
--   net_flow_usd: Net flow (in - out), USD
--   total_volume_usd: Total volume (in + out), USD
--   avg_tx_in_usd: Average incoming transaction size, USD
--   avg_tx_out_usd: Average outgoing transaction size, USD
--   median_tx_in_usd: Median incoming transaction size, USD
--   median_tx_out_usd: Median outgoing transaction size, USD
--   max_tx_usd: Maximum single transaction value, USD
--   min_tx_usd: Minimum single transaction value, USD
--   amount_variance: Variance of transaction amounts
--   amount_skewness: Skewness of transaction amounts
--   amount_kurtosis: Kurtosis of transaction amounts
--   volume_std: Standard deviation of volumes
--   volume_cv: Coefficient of variation
--   flow_concentration: Gini coefficient of flow distribution
--   tx_in_count: Total incoming transactions
--   tx_out_count: Total outgoing transactions
--   tx_total_count: Total transaction count
--   activity_days: Days with activity in window
--   activity_span_days: Days between first and last activity
--   avg_daily_volume_usd: Average daily volume, USD
--   peak_hour: Most active hour (0-23)
--   peak_day: Most active day (0-6, Mon=0)
--   regularity_score: Activity regularity score (0-1)
--   burst_factor: Ratio of peak to average activity
--   reciprocity_ratio: Bidirectional flow ratio (0-1)
--   flow_diversity: Shannon entropy of flow distribution
--   counterparty_concentration: Concentration of counterparty interactions
--   concentration_ratio: Gini coefficient of counterparty distribution
--   velocity_score: Transaction frequency score (0-1)
--   structuring_score: Small transaction clustering score (0-1)
--   unique_assets_in: Different assets received
--   unique_assets_out: Different assets sent
--   asset_diversity_score: Asset interaction diversity
--   hourly_entropy: Entropy of hourly activity pattern
--   daily_entropy: Entropy of daily activity pattern
--   weekend_transaction_ratio: Weekend vs weekday activity ratio
--   night_transaction_ratio: Night vs day activity ratio
--   small_transaction_ratio: Small transaction clustering ratio
--   consistency_score: Transaction timing consistency
--   pagerank: PageRank centrality score
--   betweenness: Betweenness centrality
--   closeness: Closeness centrality
--   clustering_coefficient: Local clustering coefficient
--   kcore: K-core decomposition result
--   centrality_score: Combined centrality measure
--   khop1_count: 1-hop neighbors count
--   khop2_count: 2-hop neighbors count
--   khop3_count: 3-hop neighbors count
--   khop1_volume_usd: 1-hop neighborhood volume, USD
--   khop2_volume_usd: 2-hop neighborhood volume, USD
--   khop3_volume_usd: 3-hop neighborhood volume, USD
--   flow_reciprocity_entropy: Entropy of reciprocal flows
--   counterparty_stability: Stability of counterparty relationships
--   flow_burstiness: Temporal burstiness of flows
--   transaction_regularity: Regularity of transaction timing
--   amount_predictability: Predictability of transaction amounts
--   behavioral_anomaly_score: Behavioral/temporal anomaly score from IsolationForest
--   graph_anomaly_score: Graph structure anomaly score from IsolationForest
--   neighborhood_anomaly_score: Neighborhood interaction anomaly score from IsolationForest
--   global_anomaly_score: Global anomaly score across all feature dimensions
--   outlier_transactions: Count of outlier transactions
--   suspicious_pattern_score: Suspicious activity pattern score
--   is_exchange_like: High degree, regular patterns, 0 or 1
--   is_whale: High volume transactions, 0 or 1
--   is_mixer_like: Many small mixed transactions, 0 or 1
--   is_contract_like: Contract-like interaction patterns, 0 or 1
--   is_new_address: First seen in current window, 0 or 1
--   is_dormant_reactivated: Previously inactive, now active, 0 or 1
--   is_high_volume_trader: >= $10K volume + >= 1000 transactions, 0 or 1
--   is_hub_address: >= 50 recipients + >= 50 senders, 0 or 1
--   is_retail_active: >= 100 transactions + < $1K volume, 0 or 1
--   is_whale_inactive: < 10 transactions + >= $10K volume, 0 or 1
--   is_retail_inactive: < 10 transactions + < $100 volume, 0 or 1
--   is_regular_user: Default classification, 0 or 1
--   unique_recipients_count: Number of unique addresses received funds from
--   unique_senders_count: Number of unique addresses sent funds to
--   completeness_score: Feature completeness score (0-1)
--   quality_score: Overall feature quality score (0-1)
--   outlier_score: Statistical outlier score (0-1)
--   confidence_score: Confidence in feature calculations
--   first_activity_age_days: days from the first activity to the end of the window
--   last_activity_age_days: days from the last activity to the end of the window
-- Activity histograms of the address:
--   hours_active: hours of the day with activity, 0 to 24
--   top_hour_share: share of the most active hour, 0 to 1
--   office_hours_share: share of 08:00 to 18:00 UTC, 0 to 1
--   days_active: days of the week with activity, 0 to 7
--   top_day_share: share of the most active weekday, 0 to 1
-- Ratios:
--   alert_volume_share: alert's volume by the address's, ≥ 0
--   evidence_tx_share: transactions in evidence by the address's, ≥ 0
--   out_in_ratio: USD paid by USD received, ≥ 0
--   retained_share: net flow by volume, -1 to 1
--   neighborhood_growth: 2-hop by 1-hop neighbors, ≥ 0
-- Logarithms (see alert_logs) and standing in the day (see alert_ranks):
--   log_alert_volume, log_total_in, log_total_out, log_total_volume, log_max_tx, log_degree,
--     log_tx_count, log_neighborhood: ln(1 + x)
--   alert_volume_percentile, total_in_percentile, total_out_percentile, total_volume_percentile,
--     max_tx_percentile, degree_percentile, tx_count_percentile, neighborhood_percentile: 0 to 1
--   alert_volume_zscore, total_in_zscore, total_out_zscore, total_volume_zscore, max_tx_zscore,
--     degree_zscore, tx_count_zscore, neighborhood_zscore: standard deviations
-- All alerts about the same address on the day (see address_alerts):
--   address_alert_count: ≥ 1
--   address_typology_count, address_pattern_count: ≥ 0
--   address_severity_max, address_severity_mean: 0 to 3
--   address_alert_volume_usd: USD
--   address_confidence_mean, address_confidence_max: 0 to 1
-- All alerts of the same pattern on the day (see pattern_alerts):
--   pattern_alert_count: 0 where the alert names no pattern
--   pattern_address_count: likewise
--   pattern_volume_usd: USD, likewise
-- Clusters that hold the alert (see alert_clusters); NULL where none does:
--   cluster_count: ≥ 0
--   cluster_alerts_max: alerts of the largest, ≥ 0
--   cluster_addresses_max: addresses of the largest, ≥ 0
--   cluster_volume_max_usd: USD
--   cluster_severity_max: 0 to 3
--   cluster_span_hours_max: hours, ≥ 0
--   cluster_confidence_max: 0 to 1
--   cluster_primary_count: clusters whose primary alert it is, ≥ 0
--   in_same_entity_cluster, in_same_pattern_cluster, in_proximity_cluster, in_temporal_cluster: 0
--     or 1
-- Money flows of the address within the window, received (in) and paid (out); NULL where there are none:
--   flow_in_count, flow_out_count: transfers, ≥ 0
--   flow_in_usd, flow_out_usd: their sum, USD
--   flow_in_mean_usd, flow_out_mean_usd: USD
--   flow_in_stddev_usd, flow_out_stddev_usd: standard deviation, USD; NULL for a file of pairs
--   flow_in_max_usd, flow_out_max_usd: USD; NULL for a file of pairs
--   flow_in_counterparties, flow_out_counterparties: distinct, ≥ 0
--   flow_in_alerted_share, flow_out_alerted_share: share of counterparties that are subjects of the
--     day, 0 to 1
--   flow_in_top_share, flow_out_top_share: share of the largest counterparty in the sum, 0 to 1
--   flow_in_round_share, flow_out_round_share: share of multiples of 100 USD, 0 to 1
--   flow_in_near_limit_share, flow_out_near_limit_share: share from 9,000 to below 10,000 USD, 0 to
--     1
--   flow_in_span_hours, flow_out_span_hours: hours from first to last, ≥ 0
--   flow_reciprocal_share: share of counterparties in both directions, 0 to 1
--   flow_pass_through: smaller by larger of the two sums, 0 to 1
--   flow_first_out_delay_hours: hours from the first receipt to the first payment, may be negative
SELECT
  a.alert_id AS alert_id,
  a.alert_confidence_score AS alert_confidence_score,
  CAST(a.volume_usd AS DOUBLE) AS alert_volume_usd,
  CAST(c.severity_level AS DOUBLE) AS severity_level,
  CAST(c.is_layering AS DOUBLE) AS typology_is_layering,
  CAST(c.is_fresh_to_exchange AS DOUBLE) AS typology_is_fresh_to_exchange,
  CAST(c.is_fan_out AS DOUBLE) AS typology_is_fan_out,
  CAST(c.is_fan_in AS DOUBLE) AS typology_is_fan_in,
  CAST(c.is_hub AS DOUBLE) AS typology_is_hub,
  CAST(c.is_structuring AS DOUBLE) AS typology_is_structuring,
  CAST(c.is_cycle AS DOUBLE) AS typology_is_cycle,
  CAST(c.is_mixing AS DOUBLE) AS typology_is_mixing,
  CAST(c.is_smurfing AS DOUBLE) AS typology_is_smurfing,
  CAST(c.is_peel_chain AS DOUBLE) AS typology_is_peel_chain,
  CAST(c.is_velocity AS DOUBLE) AS typology_is_velocity,
  CAST(c.suspects_mixer AS DOUBLE) AS suspects_mixer,
  CAST(c.suspects_scam AS DOUBLE) AS suspects_scam,
  CAST(c.suspects_exchange AS DOUBLE) AS suspects_exchange,
  CAST(c.suspects_wallet AS DOUBLE) AS suspects_wallet,
  CAST(c.suspects_bridge AS DOUBLE) AS suspects_bridge,
  CAST(c.suspects_contract AS DOUBLE) AS suspects_contract,
  a.evidence_tx_count AS evidence_tx_count,
  a.evidence_volume_usd AS evidence_volume_usd,
  a.evidence_hops AS evidence_hops,
  a.evidence_time_span_hours AS evidence_time_span_hours,
  a.evidence_counterparties AS evidence_counterparties,
  CAST(a.evidence_patterns AS DOUBLE) AS evidence_patterns,
  CASE WHEN a.evidence_detection_second > 0.0e0 THEN (CAST(s.window_end_second AS DOUBLE) - a.evidence_detection_second) / 3.6e3 END AS evidence_detection_age_hours,
  coalesce(CAST(i.indicator_count AS DOUBLE), 0.0e0) AS indicator_count,
  coalesce(CAST(i.mixer_interaction AS DOUBLE), 0.0e0) AS indicator_mixer_interaction,
  coalesce(CAST(i.high_risk_counterparty AS DOUBLE), 0.0e0) AS indicator_high_risk_counterparty,
  coalesce(CAST(i.new_address AS DOUBLE), 0.0e0) AS indicator_new_address,
  coalesce(CAST(i.round_amounts AS DOUBLE), 0.0e0) AS indicator_round_amounts,
  coalesce(CAST(i.dormant_reactivated AS DOUBLE), 0.0e0) AS indicator_dormant_reactivated,
  coalesce(CAST(i.circular_flow AS DOUBLE), 0.0e0) AS indicator_circular_flow,
  coalesce(CAST(i.night_activity AS DOUBLE), 0.0e0) AS indicator_night_activity,
  coalesce(CAST(i.high_volume AS DOUBLE), 0.0e0) AS indicator_high_volume,
  coalesce(CAST(i.rapid_movement AS DOUBLE), 0.0e0) AS indicator_rapid_movement,
  coalesce(CAST(i.structuring AS DOUBLE), 0.0e0) AS indicator_structuring,
  coalesce(CAST(i.fan_in AS DOUBLE), 0.0e0) AS indicator_fan_in,
  coalesce(CAST(i.fan_out AS DOUBLE), 0.0e0) AS indicator_fan_out,
  CAST(f.degree_in AS DOUBLE) AS degree_in,
  CAST(f.degree_out AS DOUBLE) AS degree_out,
  CAST(f.degree_total AS DOUBLE) AS degree_total,
  CAST(f.unique_counterparties AS DOUBLE) AS unique_counterparties,
  CAST(f.total_in_usd AS DOUBLE) AS total_in_usd,
  CAST(f.total_out_usd AS DOUBLE) AS total_out_usd,
  CAST(f.net_flow_usd AS DOUBLE) AS net_flow_usd,
  CAST(f.total_volume_usd AS DOUBLE) AS total_volume_usd,
  CAST(f.avg_tx_in_usd AS DOUBLE) AS avg_tx_in_usd,
  CAST(f.avg_tx_out_usd AS DOUBLE) AS avg_tx_out_usd,
  CAST(f.median_tx_in_usd AS DOUBLE) AS median_tx_in_usd,
  CAST(f.median_tx_out_usd AS DOUBLE) AS median_tx_out_usd,
  CAST(f.max_tx_usd AS DOUBLE) AS max_tx_usd,
  CAST(f.min_tx_usd AS DOUBLE) AS min_tx_usd,
  f.amount_variance AS amount_variance,
  f.amount_skewness AS amount_skewness,
  f.amount_kurtosis AS amount_kurtosis,
  f.volume_std AS volume_std,
  f.volume_cv AS volume_cv,
  f.flow_concentration AS flow_concentration,
  CAST(f.tx_in_count AS DOUBLE) AS tx_in_count,
  CAST(f.tx_out_count AS DOUBLE) AS tx_out_count,
  CAST(f.tx_total_count AS DOUBLE) AS tx_total_count,
  CAST(f.activity_days AS DOUBLE) AS activity_days,
  CAST(f.activity_span_days AS DOUBLE) AS activity_span_days,
  CAST(f.avg_daily_volume_usd AS DOUBLE) AS avg_daily_volume_usd,
  CAST(f.peak_hour AS DOUBLE) AS peak_hour,
  CAST(f.peak_day AS DOUBLE) AS peak_day,
  f.regularity_score AS regularity_score,
  f.burst_factor AS burst_factor,
  f.reciprocity_ratio AS reciprocity_ratio,
  f.flow_diversity AS flow_diversity,
  f.counterparty_concentration AS counterparty_concentration,
  f.concentration_ratio AS concentration_ratio,
  f.velocity_score AS velocity_score,
  f.structuring_score AS structuring_score,
  CAST(f.unique_assets_in AS DOUBLE) AS unique_assets_in,
  CAST(f.unique_assets_out AS DOUBLE) AS unique_assets_out,
  f.asset_diversity_score AS asset_diversity_score,
  f.hourly_entropy AS hourly_entropy,
  f.daily_entropy AS daily_entropy,
  f.weekend_transaction_ratio AS weekend_transaction_ratio,
  f.night_transaction_ratio AS night_transaction_ratio,
  f.small_transaction_ratio AS small_transaction_ratio,
  f.consistency_score AS consistency_score,
  f.pagerank AS pagerank,
  f.betweenness AS betweenness,
  f.closeness AS closeness,
  f.clustering_coefficient AS clustering_coefficient,
  CAST(f.kcore AS DOUBLE) AS kcore,
  f.centrality_score AS centrality_score,
  CAST(f.khop1_count AS DOUBLE) AS khop1_count,
  CAST(f.khop2_count AS DOUBLE) AS khop2_count,
  CAST(f.khop3_count AS DOUBLE) AS khop3_count,
  CAST(f.khop1_volume_usd AS DOUBLE) AS khop1_volume_usd,
  CAST(f.khop2_volume_usd AS DOUBLE) AS khop2_volume_usd,
  CAST(f.khop3_volume_usd AS DOUBLE) AS khop3_volume_usd,
  f.flow_reciprocity_entropy AS flow_reciprocity_entropy,
  f.counterparty_stability AS counterparty_stability,
  f.flow_burstiness AS flow_burstiness,
  f.transaction_regularity AS transaction_regularity,
  f.amount_predictability AS amount_predictability,
  f.behavioral_anomaly_score AS behavioral_anomaly_score,
  f.graph_anomaly_score AS graph_anomaly_score,
  f.neighborhood_anomaly_score AS neighborhood_anomaly_score,
  f.global_anomaly_score AS global_anomaly_score,
  CAST(f.outlier_transactions AS DOUBLE) AS outlier_transactions,
  f.suspicious_pattern_score AS suspicious_pattern_score,
  CAST(f.is_exchange_like AS DOUBLE) AS is_exchange_like,
  CAST(f.is_whale AS DOUBLE) AS is_whale,
  CAST(f.is_mixer_like AS DOUBLE) AS is_mixer_like,
  CAST(f.is_contract_like AS DOUBLE) AS is_contract_like,
  CAST(f.is_new_address AS DOUBLE) AS is_new_address,
  CAST(f.is_dormant_reactivated AS DOUBLE) AS is_dormant_reactivated,
  CAST(f.is_high_volume_trader AS DOUBLE) AS is_high_volume_trader,
  CAST(f.is_hub_address AS DOUBLE) AS is_hub_address,
  CAST(f.is_retail_active AS DOUBLE) AS is_retail_active,
  CAST(f.is_whale_inactive AS DOUBLE) AS is_whale_inactive,
  CAST(f.is_retail_inactive AS DOUBLE) AS is_retail_inactive,
  CAST(f.is_regular_user AS DOUBLE) AS is_regular_user,
  CAST(f.unique_recipients_count AS DOUBLE) AS unique_recipients_count,
  CAST(f.unique_senders_count AS DOUBLE) AS unique_senders_count,
  f.completeness_score AS completeness_score,
  f.quality_score AS quality_score,
  f.outlier_score AS outlier_score,
  f.confidence_score AS confidence_score,
  CASE WHEN f.first_activity_timestamp > 0 THEN (CAST(s.window_end_second AS DOUBLE) - CAST(f.first_activity_timestamp AS DOUBLE)) / 8.64e4 END AS first_activity_age_days,
  CASE WHEN f.last_activity_timestamp > 0 THEN (CAST(s.window_end_second AS DOUBLE) - CAST(f.last_activity_timestamp AS DOUBLE)) / 8.64e4 END AS last_activity_age_days,
  h.hours_active AS hours_active,
  h.top_hour_share AS top_hour_share,
  h.office_hours_share AS office_hours_share,
  h.days_active AS days_active,
  h.top_day_share AS top_day_share,
  CAST(a.volume_usd AS DOUBLE) / nullif(CAST(f.total_volume_usd AS DOUBLE), 0.0e0) AS alert_volume_share,
  a.evidence_tx_count / nullif(CAST(f.tx_total_count AS DOUBLE), 0.0e0) AS evidence_tx_share,
  CAST(f.total_out_usd AS DOUBLE) / nullif(CAST(f.total_in_usd AS DOUBLE), 0.0e0) AS out_in_ratio,
  CAST(f.net_flow_usd AS DOUBLE) / nullif(CAST(f.total_volume_usd AS DOUBLE), 0.0e0) AS retained_share,
  CAST(f.khop2_count AS DOUBLE) / nullif(CAST(f.khop1_count AS DOUBLE), 0.0e0) AS neighborhood_growth,
  l.alert_volume AS log_alert_volume,
  l.total_in AS log_total_in,
  l.total_out AS log_total_out,
  l.total_volume AS log_total_volume,
  l.max_tx AS log_max_tx,
  l.degree AS log_degree,
  l.tx_count AS log_tx_count,
  l.neighborhood AS log_neighborhood,
  r.alert_volume_percentile AS alert_volume_percentile,
  r.total_in_percentile AS total_in_percentile,
  r.total_out_percentile AS total_out_percentile,
  r.total_volume_percentile AS total_volume_percentile,
  r.max_tx_percentile AS max_tx_percentile,
  r.degree_percentile AS degree_percentile,
  r.tx_count_percentile AS tx_count_percentile,
  r.neighborhood_percentile AS neighborhood_percentile,
  r.alert_volume_zscore AS alert_volume_zscore,
  r.total_in_zscore AS total_in_zscore,
  r.total_out_zscore AS total_out_zscore,
  r.total_volume_zscore AS total_volume_zscore,
  r.max_tx_zscore AS max_tx_zscore,
  r.degree_zscore AS degree_zscore,
  r.tx_count_zscore AS tx_count_zscore,
  r.neighborhood_zscore AS neighborhood_zscore,
  CAST(b.alert_count AS DOUBLE) AS address_alert_count,
  CAST(b.typology_count AS DOUBLE) AS address_typology_count,
  CAST(b.pattern_count AS DOUBLE) AS address_pattern_count,
  CAST(b.severity_max AS DOUBLE) AS address_severity_max,
  CAST(b.severity_sum AS DOUBLE) / nullif(CAST(b.alert_count AS DOUBLE), 0.0e0) AS address_severity_mean,
  CAST(b.volume_sum_usd AS DOUBLE) AS address_alert_volume_usd,
  CAST(b.confidence_sum AS DOUBLE) / nullif(CAST(b.confidence_known AS DOUBLE), 0.0e0) AS address_confidence_mean,
  b.confidence_max AS address_confidence_max,
  coalesce(CAST(p.alert_count AS DOUBLE), 0.0e0) AS pattern_alert_count,
  coalesce(CAST(p.address_count AS DOUBLE), 0.0e0) AS pattern_address_count,
  coalesce(CAST(p.volume_sum_usd AS DOUBLE), 0.0e0) AS pattern_volume_usd,
  coalesce(CAST(k.cluster_count AS DOUBLE), 0.0e0) AS cluster_count,
  CAST(k.alerts_max AS DOUBLE) AS cluster_alerts_max,
  CAST(k.addresses_max AS DOUBLE) AS cluster_addresses_max,
  CAST(k.volume_max_usd AS DOUBLE) AS cluster_volume_max_usd,
  CAST(k.severity_max AS DOUBLE) AS cluster_severity_max,
  CAST(k.span_hours_max AS DOUBLE) AS cluster_span_hours_max,
  k.confidence_max AS cluster_confidence_max,
  coalesce(CAST(k.primary_count AS DOUBLE), 0.0e0) AS cluster_primary_count,
  coalesce(CAST(k.in_same_entity AS DOUBLE), 0.0e0) AS in_same_entity_cluster,
  coalesce(CAST(k.in_same_pattern AS DOUBLE), 0.0e0) AS in_same_pattern_cluster,
  coalesce(CAST(k.in_proximity AS DOUBLE), 0.0e0) AS in_proximity_cluster,
  coalesce(CAST(k.in_temporal AS DOUBLE), 0.0e0) AS in_temporal_cluster,
  CAST(w.in_transfers AS DOUBLE) AS flow_in_count,
  CAST(w.in_amount_usd AS DOUBLE) AS flow_in_usd,
  CAST(w.in_amount_usd AS DOUBLE) / nullif(CAST(w.in_transfers AS DOUBLE), 0.0e0) AS flow_in_mean_usd,
  v.in_stddev AS flow_in_stddev_usd,
  CAST(w.in_largest_usd AS DOUBLE) AS flow_in_max_usd,
  CAST(w.in_counterparties AS DOUBLE) AS flow_in_counterparties,
  CAST(w.in_alerted_counterparties AS DOUBLE) / nullif(CAST(w.in_counterparties AS DOUBLE), 0.0e0) AS flow_in_alerted_share,
  CAST(w.in_top_counterparty_usd AS DOUBLE) / nullif(CAST(w.in_amount_usd AS DOUBLE), 0.0e0) AS flow_in_top_share,
  CAST(w.in_round_transfers AS DOUBLE) / nullif(CAST(w.in_single_transfers AS DOUBLE), 0.0e0) AS flow_in_round_share,
  CAST(w.in_near_limit_transfers AS DOUBLE) / nullif(CAST(w.in_single_transfers AS DOUBLE), 0.0e0) AS flow_in_near_limit_share,
  (CAST(w.in_last_second AS DOUBLE) - CAST(w.in_first_second AS DOUBLE)) / 3.6e3 AS flow_in_span_hours,
  CAST(w.out_transfers AS DOUBLE) AS flow_out_count,
  CAST(w.out_amount_usd AS DOUBLE) AS flow_out_usd,
  CAST(w.out_amount_usd AS DOUBLE) / nullif(CAST(w.out_transfers AS DOUBLE), 0.0e0) AS flow_out_mean_usd,
  v.out_stddev AS flow_out_stddev_usd,
  CAST(w.out_largest_usd AS DOUBLE) AS flow_out_max_usd,
  CAST(w.out_counterparties AS DOUBLE) AS flow_out_counterparties,
  CAST(w.out_alerted_counterparties AS DOUBLE) / nullif(CAST(w.out_counterparties AS DOUBLE), 0.0e0) AS flow_out_alerted_share,
  CAST(w.out_top_counterparty_usd AS DOUBLE) / nullif(CAST(w.out_amount_usd AS DOUBLE), 0.0e0) AS flow_out_top_share,
  CAST(w.out_round_transfers AS DOUBLE) / nullif(CAST(w.out_single_transfers AS DOUBLE), 0.0e0) AS flow_out_round_share,
  CAST(w.out_near_limit_transfers AS DOUBLE) / nullif(CAST(w.out_single_transfers AS DOUBLE), 0.0e0) AS flow_out_near_limit_share,
  (CAST(w.out_last_second AS DOUBLE) - CAST(w.out_first_second AS DOUBLE)) / 3.6e3 AS flow_out_span_hours,
  CAST(w.reciprocal_counterparties AS DOUBLE) / nullif(CAST(w.in_counterparties + w.out_counterparties - w.reciprocal_counterparties AS DOUBLE), 0.0e0) AS flow_reciprocal_share,
  CAST(least(w.in_amount_usd, w.out_amount_usd) AS DOUBLE) / nullif(CAST(greatest(w.in_amount_usd, w.out_amount_usd) AS DOUBLE), 0.0e0) AS flow_pass_through,
  (CAST(w.out_first_second AS DOUBLE) - CAST(w.in_first_second AS DOUBLE)) / 3.6e3 AS flow_first_out_delay_hours
FROM alerts AS a
INNER JOIN subjects AS s ON s.subject_id = a.subject_id
INNER JOIN alert_codes AS c ON c.alert_id = a.alert_id
INNER JOIN alert_logs AS l ON l.alert_id = a.alert_id
INNER JOIN alert_ranks AS r ON r.alert_id = a.alert_id
INNER JOIN address_alerts AS b ON b.subject_id = a.subject_id
LEFT JOIN features AS f ON f.subject_id = a.subject_id
LEFT JOIN indicator_flags AS i ON i.alert_id = a.alert_id
LEFT JOIN pattern_alerts AS p ON p.window_days = a.window_days AND p.processing_date = a.processing_date AND p.pattern_id = a.pattern_id
LEFT JOIN alert_clusters AS k ON k.alert_id = a.alert_id
LEFT JOIN activity_histograms AS h ON h.subject_id = a.subject_id
LEFT JOIN flow_statistics AS w ON w.subject_id = a.subject_id
LEFT JOIN flow_deviations AS v ON v.subject_id = a.subject_id
