-- What the counterparties of the address are, by percentiles among the addresses of the day that have transfers (docs/flows.md).
-- Missing where the address has no transfers in its window.
SELECT
  a.alert_id AS alert_id,
  CAST(g.neighbor_degree_total_mean AS DOUBLE) AS neighbor_degree_total_mean,  -- mean percentile of its counterparties by number of counterparties; 0 to 1
  CAST(g.neighbor_degree_total_weighted_mean AS DOUBLE) AS neighbor_degree_total_weighted_mean,  -- mean percentile of its counterparties by number of counterparties, weighted by the USD between the two; 0 to 1
  CAST(g.neighbor_degree_total_largest AS DOUBLE) AS neighbor_degree_total_largest,  -- largest percentile of a counterparty by number of counterparties; 0 to 1
  CAST(g.neighbor_degree_total_second_mean AS DOUBLE) AS neighbor_degree_total_second_mean,  -- mean percentile by number of counterparties of its counterparties' counterparties, each counterparty counting alike; 0 to 1
  CAST(g.neighbor_total_volume_usd_mean AS DOUBLE) AS neighbor_total_volume_usd_mean,  -- mean percentile of its counterparties by volume in USD; 0 to 1
  CAST(g.neighbor_total_volume_usd_weighted_mean AS DOUBLE) AS neighbor_total_volume_usd_weighted_mean,  -- mean percentile of its counterparties by volume in USD, weighted by the USD between the two; 0 to 1
  CAST(g.neighbor_total_volume_usd_largest AS DOUBLE) AS neighbor_total_volume_usd_largest,  -- largest percentile of a counterparty by volume in USD; 0 to 1
  CAST(g.neighbor_total_volume_usd_second_mean AS DOUBLE) AS neighbor_total_volume_usd_second_mean,  -- mean percentile by volume in USD of its counterparties' counterparties, each counterparty counting alike; 0 to 1
  CAST(g.neighbor_avg_tx_out_usd_mean AS DOUBLE) AS neighbor_avg_tx_out_usd_mean,  -- mean percentile of its counterparties by mean payment in USD; 0 to 1
  CAST(g.neighbor_avg_tx_out_usd_weighted_mean AS DOUBLE) AS neighbor_avg_tx_out_usd_weighted_mean,  -- mean percentile of its counterparties by mean payment in USD, weighted by the USD between the two; 0 to 1
  CAST(g.neighbor_avg_tx_out_usd_largest AS DOUBLE) AS neighbor_avg_tx_out_usd_largest,  -- largest percentile of a counterparty by mean payment in USD; 0 to 1
  CAST(g.neighbor_avg_tx_out_usd_second_mean AS DOUBLE) AS neighbor_avg_tx_out_usd_second_mean,  -- mean percentile by mean payment in USD of its counterparties' counterparties, each counterparty counting alike; 0 to 1
  CAST(g.neighbor_flow_concentration_mean AS DOUBLE) AS neighbor_flow_concentration_mean,  -- mean percentile of its counterparties by concentration of its flows; 0 to 1
  CAST(g.neighbor_flow_concentration_weighted_mean AS DOUBLE) AS neighbor_flow_concentration_weighted_mean,  -- mean percentile of its counterparties by concentration of its flows, weighted by the USD between the two; 0 to 1
  CAST(g.neighbor_flow_concentration_largest AS DOUBLE) AS neighbor_flow_concentration_largest,  -- largest percentile of a counterparty by concentration of its flows; 0 to 1
  CAST(g.neighbor_flow_concentration_second_mean AS DOUBLE) AS neighbor_flow_concentration_second_mean,  -- mean percentile by concentration of its flows of its counterparties' counterparties, each counterparty counting alike; 0 to 1
  CAST(g.neighbor_activity_days_mean AS DOUBLE) AS neighbor_activity_days_mean,  -- mean percentile of its counterparties by days with activity; 0 to 1
  CAST(g.neighbor_activity_days_weighted_mean AS DOUBLE) AS neighbor_activity_days_weighted_mean,  -- mean percentile of its counterparties by days with activity, weighted by the USD between the two; 0 to 1
  CAST(g.neighbor_activity_days_largest AS DOUBLE) AS neighbor_activity_days_largest,  -- largest percentile of a counterparty by days with activity; 0 to 1
  CAST(g.neighbor_activity_days_second_mean AS DOUBLE) AS neighbor_activity_days_second_mean,  -- mean percentile by days with activity of its counterparties' counterparties, each counterparty counting alike; 0 to 1
  CAST(g.neighbor_regularity_score_mean AS DOUBLE) AS neighbor_regularity_score_mean,  -- mean percentile of its counterparties by regularity; 0 to 1
  CAST(g.neighbor_regularity_score_weighted_mean AS DOUBLE) AS neighbor_regularity_score_weighted_mean,  -- mean percentile of its counterparties by regularity, weighted by the USD between the two; 0 to 1
  CAST(g.neighbor_regularity_score_largest AS DOUBLE) AS neighbor_regularity_score_largest,  -- largest percentile of a counterparty by regularity; 0 to 1
  CAST(g.neighbor_regularity_score_second_mean AS DOUBLE) AS neighbor_regularity_score_second_mean,  -- mean percentile by regularity of its counterparties' counterparties, each counterparty counting alike; 0 to 1
  CAST(g.neighbor_burst_factor_mean AS DOUBLE) AS neighbor_burst_factor_mean,  -- mean percentile of its counterparties by peak by average activity; 0 to 1
  CAST(g.neighbor_burst_factor_weighted_mean AS DOUBLE) AS neighbor_burst_factor_weighted_mean,  -- mean percentile of its counterparties by peak by average activity, weighted by the USD between the two; 0 to 1
  CAST(g.neighbor_burst_factor_largest AS DOUBLE) AS neighbor_burst_factor_largest,  -- largest percentile of a counterparty by peak by average activity; 0 to 1
  CAST(g.neighbor_burst_factor_second_mean AS DOUBLE) AS neighbor_burst_factor_second_mean,  -- mean percentile by peak by average activity of its counterparties' counterparties, each counterparty counting alike; 0 to 1
  CAST(g.neighbor_reciprocity_ratio_mean AS DOUBLE) AS neighbor_reciprocity_ratio_mean,  -- mean percentile of its counterparties by reciprocity; 0 to 1
  CAST(g.neighbor_reciprocity_ratio_weighted_mean AS DOUBLE) AS neighbor_reciprocity_ratio_weighted_mean,  -- mean percentile of its counterparties by reciprocity, weighted by the USD between the two; 0 to 1
  CAST(g.neighbor_reciprocity_ratio_largest AS DOUBLE) AS neighbor_reciprocity_ratio_largest,  -- largest percentile of a counterparty by reciprocity; 0 to 1
  CAST(g.neighbor_reciprocity_ratio_second_mean AS DOUBLE) AS neighbor_reciprocity_ratio_second_mean,  -- mean percentile by reciprocity of its counterparties' counterparties, each counterparty counting alike; 0 to 1
  CAST(g.neighbor_velocity_score_mean AS DOUBLE) AS neighbor_velocity_score_mean,  -- mean percentile of its counterparties by velocity; 0 to 1
  CAST(g.neighbor_velocity_score_weighted_mean AS DOUBLE) AS neighbor_velocity_score_weighted_mean,  -- mean percentile of its counterparties by velocity, weighted by the USD between the two; 0 to 1
  CAST(g.neighbor_velocity_score_largest AS DOUBLE) AS neighbor_velocity_score_largest,  -- largest percentile of a counterparty by velocity; 0 to 1
  CAST(g.neighbor_velocity_score_second_mean AS DOUBLE) AS neighbor_velocity_score_second_mean,  -- mean percentile by velocity of its counterparties' counterparties, each counterparty counting alike; 0 to 1
  CAST(g.neighbor_structuring_score_mean AS DOUBLE) AS neighbor_structuring_score_mean,  -- mean percentile of its counterparties by structuring; 0 to 1
  CAST(g.neighbor_structuring_score_weighted_mean AS DOUBLE) AS neighbor_structuring_score_weighted_mean,  -- mean percentile of its counterparties by structuring, weighted by the USD between the two; 0 to 1
  CAST(g.neighbor_structuring_score_largest AS DOUBLE) AS neighbor_structuring_score_largest,  -- largest percentile of a counterparty by structuring; 0 to 1
  CAST(g.neighbor_structuring_score_second_mean AS DOUBLE) AS neighbor_structuring_score_second_mean,  -- mean percentile by structuring of its counterparties' counterparties, each counterparty counting alike; 0 to 1
  CAST(g.neighbor_night_transaction_ratio_mean AS DOUBLE) AS neighbor_night_transaction_ratio_mean,  -- mean percentile of its counterparties by activity at night; 0 to 1
  CAST(g.neighbor_night_transaction_ratio_weighted_mean AS DOUBLE) AS neighbor_night_transaction_ratio_weighted_mean,  -- mean percentile of its counterparties by activity at night, weighted by the USD between the two; 0 to 1
  CAST(g.neighbor_night_transaction_ratio_largest AS DOUBLE) AS neighbor_night_transaction_ratio_largest,  -- largest percentile of a counterparty by activity at night; 0 to 1
  CAST(g.neighbor_night_transaction_ratio_second_mean AS DOUBLE) AS neighbor_night_transaction_ratio_second_mean,  -- mean percentile by activity at night of its counterparties' counterparties, each counterparty counting alike; 0 to 1
  CAST(g.neighbor_small_transaction_ratio_mean AS DOUBLE) AS neighbor_small_transaction_ratio_mean,  -- mean percentile of its counterparties by small transactions; 0 to 1
  CAST(g.neighbor_small_transaction_ratio_weighted_mean AS DOUBLE) AS neighbor_small_transaction_ratio_weighted_mean,  -- mean percentile of its counterparties by small transactions, weighted by the USD between the two; 0 to 1
  CAST(g.neighbor_small_transaction_ratio_largest AS DOUBLE) AS neighbor_small_transaction_ratio_largest,  -- largest percentile of a counterparty by small transactions; 0 to 1
  CAST(g.neighbor_small_transaction_ratio_second_mean AS DOUBLE) AS neighbor_small_transaction_ratio_second_mean,  -- mean percentile by small transactions of its counterparties' counterparties, each counterparty counting alike; 0 to 1
  CAST(g.neighbor_pagerank_mean AS DOUBLE) AS neighbor_pagerank_mean,  -- mean percentile of its counterparties by PageRank; 0 to 1
  CAST(g.neighbor_pagerank_weighted_mean AS DOUBLE) AS neighbor_pagerank_weighted_mean,  -- mean percentile of its counterparties by PageRank, weighted by the USD between the two; 0 to 1
  CAST(g.neighbor_pagerank_largest AS DOUBLE) AS neighbor_pagerank_largest,  -- largest percentile of a counterparty by PageRank; 0 to 1
  CAST(g.neighbor_pagerank_second_mean AS DOUBLE) AS neighbor_pagerank_second_mean,  -- mean percentile by PageRank of its counterparties' counterparties, each counterparty counting alike; 0 to 1
  CAST(g.neighbor_clustering_coefficient_mean AS DOUBLE) AS neighbor_clustering_coefficient_mean,  -- mean percentile of its counterparties by clustering coefficient; 0 to 1
  CAST(g.neighbor_clustering_coefficient_weighted_mean AS DOUBLE) AS neighbor_clustering_coefficient_weighted_mean,  -- mean percentile of its counterparties by clustering coefficient, weighted by the USD between the two; 0 to 1
  CAST(g.neighbor_clustering_coefficient_largest AS DOUBLE) AS neighbor_clustering_coefficient_largest,  -- largest percentile of a counterparty by clustering coefficient; 0 to 1
  CAST(g.neighbor_clustering_coefficient_second_mean AS DOUBLE) AS neighbor_clustering_coefficient_second_mean,  -- mean percentile by clustering coefficient of its counterparties' counterparties, each counterparty counting alike; 0 to 1
  CAST(g.neighbor_global_anomaly_score_mean AS DOUBLE) AS neighbor_global_anomaly_score_mean,  -- mean percentile of its counterparties by anomaly; 0 to 1
  CAST(g.neighbor_global_anomaly_score_weighted_mean AS DOUBLE) AS neighbor_global_anomaly_score_weighted_mean,  -- mean percentile of its counterparties by anomaly, weighted by the USD between the two; 0 to 1
  CAST(g.neighbor_global_anomaly_score_largest AS DOUBLE) AS neighbor_global_anomaly_score_largest,  -- largest percentile of a counterparty by anomaly; 0 to 1
  CAST(g.neighbor_global_anomaly_score_second_mean AS DOUBLE) AS neighbor_global_anomaly_score_second_mean,  -- mean percentile by anomaly of its counterparties' counterparties, each counterparty counting alike; 0 to 1
  CAST(g.neighbor_suspicious_pattern_score_mean AS DOUBLE) AS neighbor_suspicious_pattern_score_mean,  -- mean percentile of its counterparties by suspicious patterns; 0 to 1
  CAST(g.neighbor_suspicious_pattern_score_weighted_mean AS DOUBLE) AS neighbor_suspicious_pattern_score_weighted_mean,  -- mean percentile of its counterparties by suspicious patterns, weighted by the USD between the two; 0 to 1
  CAST(g.neighbor_suspicious_pattern_score_largest AS DOUBLE) AS neighbor_suspicious_pattern_score_largest,  -- largest percentile of a counterparty by suspicious patterns; 0 to 1
  CAST(g.neighbor_suspicious_pattern_score_second_mean AS DOUBLE) AS neighbor_suspicious_pattern_score_second_mean,  -- mean percentile by suspicious patterns of its counterparties' counterparties, each counterparty counting alike; 0 to 1
  CAST(g.alerted_payers AS DOUBLE) AS alerted_payers,  -- addresses that paid it and have an alert; ≥ 0
  CAST(g.alerted_payees AS DOUBLE) AS alerted_payees,  -- addresses that it paid and have an alert; ≥ 0
  CAST(g.alerted_counterparties_share AS DOUBLE) AS alerted_counterparties_share,  -- share of its counterparties that have an alert; 0 to 1
  CAST(g.counterparty_alerts AS DOUBLE) AS counterparty_alerts  -- alerts about its counterparties; ≥ 0
FROM alerts AS a
LEFT JOIN address_flows AS g ON g.subject_id = a.subject_id
