-- Its addresses; missing where features.parquet has none of them.
SELECT
  c.cluster_id AS cluster_id,
  coalesce(CAST(d.address_count AS DOUBLE), 0.0e0) AS address_count,  -- its addresses; addresses; ≥ 0
  ratio(d.known_count, d.address_count) AS known_share,  -- share of its addresses that features.parquet knows; 0 to 1
  ratio(d.total_volume_sum_usd, d.total_volume_known) AS address_volume_mean_usd,  -- mean volume of an address over the window, of those whose volume is known; USD; ≥ 0
  CAST(d.total_volume_max_usd AS DOUBLE) AS address_volume_max_usd,  -- largest volume of an address over the window; USD; ≥ 0
  ratio(d.total_out_sum_usd, d.total_in_sum_usd) AS address_out_in_ratio,  -- paid by received, of all its addresses; ≥ 0
  d.pagerank_mean AS pagerank_mean,  -- mean PageRank of its addresses; ≥ 0
  d.structuring_score_mean AS structuring_score_mean,  -- mean structuring_score of its addresses; 0 to 1
  d.velocity_score_mean AS velocity_score_mean,  -- mean velocity_score of its addresses; 0 to 1
  d.reciprocity_ratio_mean AS reciprocity_ratio_mean,  -- mean reciprocity_ratio of its addresses; 0 to 1
  d.flow_concentration_mean AS flow_concentration_mean,  -- mean flow_concentration of its addresses; 0 to 1
  d.night_transaction_ratio_mean AS night_transaction_ratio_mean,  -- mean night_transaction_ratio of its addresses; ≥ 0
  d.clustering_coefficient_mean AS clustering_coefficient_mean,  -- mean clustering_coefficient of its addresses; 0 to 1
  d.suspicious_pattern_score_mean AS suspicious_pattern_score_mean,  -- mean suspicious_pattern_score of its addresses
  d.global_anomaly_score_mean AS global_anomaly_score_mean,  -- mean global_anomaly_score of its addresses
  d.burst_factor_mean AS burst_factor_mean,  -- mean burst_factor of its addresses; ≥ 0
  d.regularity_score_mean AS regularity_score_mean,  -- mean regularity_score of its addresses; 0 to 1
  d.pagerank_max AS pagerank_max,  -- highest PageRank of its addresses; ≥ 0
  d.suspicious_pattern_score_max AS suspicious_pattern_score_max,  -- highest suspicious_pattern_score of its addresses
  d.structuring_score_max AS structuring_score_max,  -- highest structuring_score of its addresses; 0 to 1
  d.degree_total_mean AS degree_total_mean,  -- mean degree of its addresses; addresses; ≥ 0
  d.activity_days_mean AS activity_days_mean,  -- mean days with activity of its addresses; days; ≥ 0
  d.tx_total_count_mean AS tx_total_count_mean,  -- mean transactions of its addresses; ≥ 0
  CAST(d.degree_total_max AS DOUBLE) AS degree_total_max,  -- highest degree of its addresses; addresses; ≥ 0
  CAST(d.tx_total_count_max AS DOUBLE) AS tx_total_count_max,  -- most transactions of one of its addresses; ≥ 0
  ratio(d.is_mixer_like_count, d.known_count) AS mixer_like_share,  -- share of addresses that are like a mixer; 0 to 1
  ratio(d.is_exchange_like_count, d.known_count) AS exchange_like_share,  -- share of addresses that are like an exchange; 0 to 1
  ratio(d.is_new_address_count, d.known_count) AS new_address_share,  -- share of new addresses; 0 to 1
  ratio(d.is_whale_count, d.known_count) AS whale_share,  -- share of addresses of high volume; 0 to 1
  ratio(d.community_count, d.known_count) AS community_share  -- distinct communities by addresses; 0 to 1
FROM clusters AS c
LEFT JOIN cluster_address_statistics AS d ON d.cluster_id = c.cluster_id
