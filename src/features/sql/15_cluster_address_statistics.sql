-- One row per cluster that names addresses: what features and flows say of them together.
--   address_count: addresses of the cluster, ≥ 1; known_count: those with a row in features
--   …_sum, …_known: sum and number of the values that are known; …_max: the greatest
--   pagerank_sum: in billionths, because a PageRank is as small as 1 by the number of addresses
--   total_volume_sum_usd, total_volume_max_usd, total_in_sum_usd, total_out_sum_usd: of the addresses' totals
--   is_…_count: addresses with that flag
--   community_count: distinct communities of the addresses
--   flow_in_usd, flow_out_usd, flow_count: of all their flows within the window, NULL where there are none
--   counterparties_max: most counterparties that one of them has
SELECT
  m.cluster_id AS cluster_id,
  count(m.subject_id) AS address_count,
  count(f.subject_id) AS known_count,
  CAST(sum(CAST(f.total_volume_usd AS DECIMAL(22, 6))) AS DECIMAL(32, 6)) AS total_volume_sum_usd,
  max(f.total_volume_usd) AS total_volume_max_usd,
  CAST(sum(CAST(f.total_in_usd AS DECIMAL(22, 6))) AS DECIMAL(32, 6)) AS total_in_sum_usd,
  CAST(sum(CAST(f.total_out_usd AS DECIMAL(22, 6))) AS DECIMAL(32, 6)) AS total_out_sum_usd,
  CAST(sum(CAST(CASE WHEN f.pagerank IS NOT NULL THEN floor(least(greatest(f.pagerank * 1.0e9, -9.0e11), 9.0e11) * 1.0e6 + 0.5e0) / 1.0e6 END AS DECIMAL(18, 6))) AS DECIMAL(28, 6)) AS pagerank_sum,
  count(f.pagerank) AS pagerank_known,
  CAST(sum(CAST(CASE WHEN f.structuring_score IS NOT NULL THEN floor(least(greatest(f.structuring_score, -1.0e9), 1.0e9) * 1.0e6 + 0.5e0) / 1.0e6 END AS DECIMAL(18, 6))) AS DECIMAL(28, 6)) AS structuring_score_sum,
  count(f.structuring_score) AS structuring_score_known,
  CAST(sum(CAST(CASE WHEN f.velocity_score IS NOT NULL THEN floor(least(greatest(f.velocity_score, -1.0e9), 1.0e9) * 1.0e6 + 0.5e0) / 1.0e6 END AS DECIMAL(18, 6))) AS DECIMAL(28, 6)) AS velocity_score_sum,
  count(f.velocity_score) AS velocity_score_known,
  CAST(sum(CAST(CASE WHEN f.reciprocity_ratio IS NOT NULL THEN floor(least(greatest(f.reciprocity_ratio, -1.0e9), 1.0e9) * 1.0e6 + 0.5e0) / 1.0e6 END AS DECIMAL(18, 6))) AS DECIMAL(28, 6)) AS reciprocity_ratio_sum,
  count(f.reciprocity_ratio) AS reciprocity_ratio_known,
  CAST(sum(CAST(CASE WHEN f.flow_concentration IS NOT NULL THEN floor(least(greatest(f.flow_concentration, -1.0e9), 1.0e9) * 1.0e6 + 0.5e0) / 1.0e6 END AS DECIMAL(18, 6))) AS DECIMAL(28, 6)) AS flow_concentration_sum,
  count(f.flow_concentration) AS flow_concentration_known,
  CAST(sum(CAST(CASE WHEN f.night_transaction_ratio IS NOT NULL THEN floor(least(greatest(f.night_transaction_ratio, -1.0e9), 1.0e9) * 1.0e6 + 0.5e0) / 1.0e6 END AS DECIMAL(18, 6))) AS DECIMAL(28, 6)) AS night_transaction_ratio_sum,
  count(f.night_transaction_ratio) AS night_transaction_ratio_known,
  CAST(sum(CAST(CASE WHEN f.clustering_coefficient IS NOT NULL THEN floor(least(greatest(f.clustering_coefficient, -1.0e9), 1.0e9) * 1.0e6 + 0.5e0) / 1.0e6 END AS DECIMAL(18, 6))) AS DECIMAL(28, 6)) AS clustering_coefficient_sum,
  count(f.clustering_coefficient) AS clustering_coefficient_known,
  CAST(sum(CAST(CASE WHEN f.suspicious_pattern_score IS NOT NULL THEN floor(least(greatest(f.suspicious_pattern_score, -1.0e9), 1.0e9) * 1.0e6 + 0.5e0) / 1.0e6 END AS DECIMAL(18, 6))) AS DECIMAL(28, 6)) AS suspicious_pattern_score_sum,
  count(f.suspicious_pattern_score) AS suspicious_pattern_score_known,
  CAST(sum(CAST(CASE WHEN f.global_anomaly_score IS NOT NULL THEN floor(least(greatest(f.global_anomaly_score, -1.0e9), 1.0e9) * 1.0e6 + 0.5e0) / 1.0e6 END AS DECIMAL(18, 6))) AS DECIMAL(28, 6)) AS global_anomaly_score_sum,
  count(f.global_anomaly_score) AS global_anomaly_score_known,
  CAST(sum(CAST(CASE WHEN f.burst_factor IS NOT NULL THEN floor(least(greatest(f.burst_factor, -1.0e9), 1.0e9) * 1.0e6 + 0.5e0) / 1.0e6 END AS DECIMAL(18, 6))) AS DECIMAL(28, 6)) AS burst_factor_sum,
  count(f.burst_factor) AS burst_factor_known,
  CAST(sum(CAST(CASE WHEN f.regularity_score IS NOT NULL THEN floor(least(greatest(f.regularity_score, -1.0e9), 1.0e9) * 1.0e6 + 0.5e0) / 1.0e6 END AS DECIMAL(18, 6))) AS DECIMAL(28, 6)) AS regularity_score_sum,
  count(f.regularity_score) AS regularity_score_known,
  max(f.pagerank) AS pagerank_max,
  max(f.suspicious_pattern_score) AS suspicious_pattern_score_max,
  max(f.structuring_score) AS structuring_score_max,
  CAST(sum(CAST(f.degree_total AS DECIMAL(18, 0))) AS DECIMAL(28, 0)) AS degree_total_sum,
  max(f.degree_total) AS degree_total_max,
  count(f.degree_total) AS degree_total_known,
  CAST(sum(CAST(f.activity_days AS DECIMAL(18, 0))) AS DECIMAL(28, 0)) AS activity_days_sum,
  max(f.activity_days) AS activity_days_max,
  count(f.activity_days) AS activity_days_known,
  CAST(sum(CAST(f.tx_total_count AS DECIMAL(18, 0))) AS DECIMAL(28, 0)) AS tx_total_count_sum,
  max(f.tx_total_count) AS tx_total_count_max,
  count(f.tx_total_count) AS tx_total_count_known,
  count(CASE WHEN f.is_mixer_like = 1 THEN 1 END) AS is_mixer_like_count,
  count(CASE WHEN f.is_exchange_like = 1 THEN 1 END) AS is_exchange_like_count,
  count(CASE WHEN f.is_new_address = 1 THEN 1 END) AS is_new_address_count,
  count(CASE WHEN f.is_whale = 1 THEN 1 END) AS is_whale_count,
  count(DISTINCT f.community_id) AS community_count,
  CAST(sum(CAST(w.in_amount_usd AS DECIMAL(28, 4))) AS DECIMAL(38, 4)) AS flow_in_usd,
  CAST(sum(CAST(w.out_amount_usd AS DECIMAL(28, 4))) AS DECIMAL(38, 4)) AS flow_out_usd,
  CAST(sum(CAST(w.in_transfers AS DECIMAL(18, 0)) + CAST(w.out_transfers AS DECIMAL(18, 0))) AS DECIMAL(28, 0)) AS flow_count,
  max(w.in_counterparties + w.out_counterparties - w.reciprocal_counterparties) AS counterparties_max
FROM cluster_addresses AS m
LEFT JOIN features AS f ON f.subject_id = m.subject_id
LEFT JOIN flow_statistics AS w ON w.subject_id = m.subject_id
GROUP BY m.cluster_id
