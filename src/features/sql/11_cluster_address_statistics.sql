-- One row per cluster that names addresses: what features and flows say of them together.
--   address_count: addresses of the cluster, ≥ 1; known_count: those with a row in features
--   …_mean: over the addresses that know the value; …_max: the greatest
--   total_volume_sum_usd, total_volume_max_usd, total_in_sum_usd, total_out_sum_usd: of the addresses' totals; total_volume_known: addresses that know theirs
--   is_…_count: addresses with that flag
--   community_count: distinct communities of the addresses
--   flow_in_usd, flow_out_usd, flow_count: of all their flows within the window, NULL where there are none
--   counterparties_max: most counterparties that one of them has
SELECT
  m.cluster_id AS cluster_id,
  count(m.subject_id) AS address_count,
  count(f.subject_id) AS known_count,
  count(f.total_volume_usd) AS total_volume_known,
  sum_of_usd(f.total_volume_usd) AS total_volume_sum_usd,
  max(f.total_volume_usd) AS total_volume_max_usd,
  sum_of_usd(f.total_in_usd) AS total_in_sum_usd,
  sum_of_usd(f.total_out_usd) AS total_out_sum_usd,
  ratio(sum_of(billionths(f.pagerank)), count(f.pagerank)) / 1.0e9 AS pagerank_mean,
  mean_of(f.structuring_score) AS structuring_score_mean,
  mean_of(f.velocity_score) AS velocity_score_mean,
  mean_of(f.reciprocity_ratio) AS reciprocity_ratio_mean,
  mean_of(f.flow_concentration) AS flow_concentration_mean,
  mean_of(f.night_transaction_ratio) AS night_transaction_ratio_mean,
  mean_of(f.clustering_coefficient) AS clustering_coefficient_mean,
  mean_of(f.suspicious_pattern_score) AS suspicious_pattern_score_mean,
  mean_of(f.global_anomaly_score) AS global_anomaly_score_mean,
  mean_of(f.burst_factor) AS burst_factor_mean,
  mean_of(f.regularity_score) AS regularity_score_mean,
  max(f.pagerank) AS pagerank_max,
  max(f.suspicious_pattern_score) AS suspicious_pattern_score_max,
  max(f.structuring_score) AS structuring_score_max,
  ratio(CAST(sum(CAST(f.degree_total AS DECIMAL(18, 0))) AS DECIMAL(28, 0)), count(f.degree_total)) AS degree_total_mean,
  max(f.degree_total) AS degree_total_max,
  ratio(CAST(sum(CAST(f.activity_days AS DECIMAL(18, 0))) AS DECIMAL(28, 0)), count(f.activity_days)) AS activity_days_mean,
  max(f.activity_days) AS activity_days_max,
  ratio(CAST(sum(CAST(f.tx_total_count AS DECIMAL(18, 0))) AS DECIMAL(28, 0)), count(f.tx_total_count)) AS tx_total_count_mean,
  max(f.tx_total_count) AS tx_total_count_max,
  rows_with(f.is_mixer_like = 1) AS is_mixer_like_count,
  rows_with(f.is_exchange_like = 1) AS is_exchange_like_count,
  rows_with(f.is_new_address = 1) AS is_new_address_count,
  rows_with(f.is_whale = 1) AS is_whale_count,
  count(DISTINCT f.community_id) AS community_count,
  CAST(sum(CAST(known_usd(w.in_usd, w.in_transfers, w.in_unpriced_transfers) AS DECIMAL(28, 4))) AS DECIMAL(38, 4)) AS flow_in_usd,
  CAST(sum(CAST(known_usd(w.out_usd, w.out_transfers, w.out_unpriced_transfers) AS DECIMAL(28, 4))) AS DECIMAL(38, 4)) AS flow_out_usd,
  CAST(sum(CAST(w.in_transfers AS DECIMAL(18, 0)) + CAST(w.out_transfers AS DECIMAL(18, 0))) AS DECIMAL(28, 0)) AS flow_count,
  max(w.in_counterparties + w.out_counterparties - w.reciprocal_counterparties) AS counterparties_max
FROM cluster_addresses AS m
LEFT JOIN features AS f ON f.subject_id = m.subject_id
LEFT JOIN address_flows AS w ON w.subject_id = m.subject_id
GROUP BY m.cluster_id
