-- The alert's address over the window, as features.parquet has it; missing where it has no row for it.
SELECT
  a.alert_id AS alert_id,
  CAST(f.degree_in AS DOUBLE) AS degree_in,  -- unique senders to the address; addresses; ≥ 0
  CAST(f.degree_out AS DOUBLE) AS degree_out,  -- unique receivers from the address; addresses; ≥ 0
  CAST(f.degree_total AS DOUBLE) AS degree_total,  -- unique senders and receivers of the address; addresses; ≥ 0
  CAST(f.unique_counterparties AS DOUBLE) AS unique_counterparties,  -- distinct addresses that the address interacted with; addresses; ≥ 0
  CAST(f.unique_recipients_count AS DOUBLE) AS unique_recipients_count,  -- distinct addresses that the address paid; addresses; ≥ 0
  CAST(f.unique_senders_count AS DOUBLE) AS unique_senders_count,  -- distinct addresses that paid the address; addresses; ≥ 0
  CAST(f.total_in_usd AS DOUBLE) AS total_in_usd,  -- received by the address; USD; ≥ 0
  CAST(f.total_out_usd AS DOUBLE) AS total_out_usd,  -- paid by the address; USD; ≥ 0
  CAST(f.net_flow_usd AS DOUBLE) AS net_flow_usd,  -- received less paid by the address; USD
  CAST(f.total_volume_usd AS DOUBLE) AS total_volume_usd,  -- received and paid by the address; USD; ≥ 0
  CAST(f.avg_tx_in_usd AS DOUBLE) AS avg_tx_in_usd,  -- average transaction that the address received; USD; ≥ 0
  CAST(f.avg_tx_out_usd AS DOUBLE) AS avg_tx_out_usd,  -- average transaction that the address paid; USD; ≥ 0
  CAST(f.median_tx_in_usd AS DOUBLE) AS median_tx_in_usd,  -- median transaction that the address received; USD; ≥ 0
  CAST(f.median_tx_out_usd AS DOUBLE) AS median_tx_out_usd,  -- median transaction that the address paid; USD; ≥ 0
  CAST(f.max_tx_usd AS DOUBLE) AS max_tx_usd,  -- largest transaction of the address; USD; ≥ 0
  CAST(f.min_tx_usd AS DOUBLE) AS min_tx_usd,  -- smallest transaction of the address; USD; ≥ 0
  f.amount_variance AS amount_variance,  -- variance of the address's amounts; ≥ 0
  f.amount_skewness AS amount_skewness,  -- skewness of the address's amounts
  f.amount_kurtosis AS amount_kurtosis,  -- kurtosis of the address's amounts
  f.volume_std AS volume_std,  -- standard deviation of the address's volumes; USD; ≥ 0
  f.volume_cv AS volume_cv,  -- coefficient of variation of the address's volumes; ≥ 0
  f.flow_concentration AS flow_concentration,  -- Gini coefficient of the address's flows; 0 to 1
  f.flow_diversity AS flow_diversity,  -- Shannon entropy of the address's flows
  f.counterparty_concentration AS counterparty_concentration,  -- concentration of the address's counterparties; 0 to 1
  f.concentration_ratio AS concentration_ratio,  -- Gini coefficient of the address's counterparties; 0 to 1
  f.reciprocity_ratio AS reciprocity_ratio,  -- how much of the address's flow goes in both directions; 0 to 1
  f.flow_reciprocity_entropy AS flow_reciprocity_entropy,  -- entropy of the address's reciprocal flows; ≥ 0
  f.counterparty_stability AS counterparty_stability,  -- stability of the address's counterparties
  CAST(f.tx_in_count AS DOUBLE) AS tx_in_count,  -- transactions that the address received; ≥ 0
  CAST(f.tx_out_count AS DOUBLE) AS tx_out_count,  -- transactions that the address paid; ≥ 0
  CAST(f.tx_total_count AS DOUBLE) AS tx_total_count,  -- transactions of the address; ≥ 0
  CAST(f.unique_assets_in AS DOUBLE) AS unique_assets_in,  -- different assets that the address received; ≥ 0
  CAST(f.unique_assets_out AS DOUBLE) AS unique_assets_out,  -- different assets that the address sent; ≥ 0
  f.asset_diversity_score AS asset_diversity_score,  -- diversity of the address's assets
  f.velocity_score AS velocity_score,  -- frequency of the address's transactions, scored; 0 to 1
  f.structuring_score AS structuring_score,  -- clustering of the address's small transactions, scored; 0 to 1
  f.small_transaction_ratio AS small_transaction_ratio,  -- share of small transactions of the address; 0 to 1
  f.amount_predictability AS amount_predictability,  -- predictability of the address's amounts
  f.pagerank AS pagerank,  -- PageRank of the address; ≥ 0
  f.betweenness AS betweenness,  -- betweenness centrality of the address; ≥ 0
  f.closeness AS closeness,  -- closeness centrality of the address; ≥ 0
  f.clustering_coefficient AS clustering_coefficient,  -- local clustering coefficient of the address; 0 to 1
  CAST(f.kcore AS DOUBLE) AS kcore,  -- largest k whose k-core holds the address; ≥ 0
  f.centrality_score AS centrality_score,  -- combined centrality of the address, scored
  CAST(f.khop1_count AS DOUBLE) AS khop1_count,  -- neighbors of the address 1 hop away; addresses; ≥ 0
  CAST(f.khop2_count AS DOUBLE) AS khop2_count,  -- neighbors of the address up to 2 hops away; addresses; ≥ 0
  CAST(f.khop3_count AS DOUBLE) AS khop3_count,  -- neighbors of the address up to 3 hops away; addresses; ≥ 0
  CAST(f.khop1_volume_usd AS DOUBLE) AS khop1_volume_usd,  -- volume of the address's 1-hop neighborhood; USD; ≥ 0
  CAST(f.khop2_volume_usd AS DOUBLE) AS khop2_volume_usd,  -- volume of the address's 2-hop neighborhood; USD; ≥ 0
  CAST(f.khop3_volume_usd AS DOUBLE) AS khop3_volume_usd,  -- volume of the address's 3-hop neighborhood; USD; ≥ 0
  f.behavioral_anomaly_score AS behavioral_anomaly_score,  -- anomaly of the address's behavior in time, by isolation forest
  f.graph_anomaly_score AS graph_anomaly_score,  -- anomaly of the address's place in the graph, by isolation forest
  f.neighborhood_anomaly_score AS neighborhood_anomaly_score,  -- anomaly of the address's neighborhood, by isolation forest
  f.global_anomaly_score AS global_anomaly_score,  -- anomaly of the address over all dimensions
  CAST(f.outlier_transactions AS DOUBLE) AS outlier_transactions,  -- outliers among the address's transactions; ≥ 0
  f.outlier_score AS outlier_score,  -- how far the address is a statistical outlier, scored; 0 to 1
  f.suspicious_pattern_score AS suspicious_pattern_score,  -- suspicious patterns of the address, scored
  CAST(f.is_exchange_like AS DOUBLE) AS is_exchange_like,  -- the address is like an exchange: high degree, regular patterns; 0 or 1
  CAST(f.is_whale AS DOUBLE) AS is_whale,  -- the address is a whale: high volume; 0 or 1
  CAST(f.is_mixer_like AS DOUBLE) AS is_mixer_like,  -- the address is like a mixer: many small mixed transactions; 0 or 1
  CAST(f.is_contract_like AS DOUBLE) AS is_contract_like,  -- the address is like a contract; 0 or 1
  CAST(f.is_new_address AS DOUBLE) AS is_new_address,  -- the address is first seen in the window; 0 or 1
  CAST(f.is_dormant_reactivated AS DOUBLE) AS is_dormant_reactivated,  -- the address was inactive before and is active now; 0 or 1
  CAST(f.is_high_volume_trader AS DOUBLE) AS is_high_volume_trader,  -- the address has 10,000 USD of volume or more and 1,000 transactions or more; 0 or 1
  CAST(f.is_hub_address AS DOUBLE) AS is_hub_address,  -- the address has 50 recipients or more and 50 senders or more; 0 or 1
  CAST(f.is_retail_active AS DOUBLE) AS is_retail_active,  -- the address has 100 transactions or more and less than 1,000 USD of volume; 0 or 1
  CAST(f.is_whale_inactive AS DOUBLE) AS is_whale_inactive,  -- the address has less than 10 transactions and 10,000 USD of volume or more; 0 or 1
  CAST(f.is_retail_inactive AS DOUBLE) AS is_retail_inactive,  -- the address has less than 10 transactions and less than 100 USD of volume; 0 or 1
  CAST(f.is_regular_user AS DOUBLE) AS is_regular_user,  -- the address is in none of the classes of volume and activity; 0 or 1
  f.completeness_score AS completeness_score,  -- completeness of the address's features, scored; 0 to 1
  f.quality_score AS quality_score,  -- quality of the address's features, scored; 0 to 1
  f.confidence_score AS confidence_score,  -- confidence in the address's features
  ratio(a.volume_usd, f.total_volume_usd) AS alert_volume_share,  -- the alert's volume by the address's; ≥ 0
  ratio(f.total_out_usd, f.total_in_usd) AS out_in_ratio,  -- paid by received of the address; ≥ 0
  ratio(f.net_flow_usd, f.total_volume_usd) AS retained_share,  -- net flow by volume of the address
  ratio(f.khop2_count, f.khop1_count) AS neighborhood_growth  -- 2-hop by 1-hop neighbors of the address; ≥ 0
FROM alerts AS a
LEFT JOIN features AS f ON f.subject_id = a.subject_id
