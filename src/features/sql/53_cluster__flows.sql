-- Money flows of its addresses within the window; missing where there are none.
SELECT
  c.cluster_id AS cluster_id,
  CAST(d.flow_in_usd AS DOUBLE) AS flow_in_usd,  -- received by its addresses within the window; USD; ≥ 0
  CAST(d.flow_out_usd AS DOUBLE) AS flow_out_usd,  -- paid by its addresses within the window; USD; ≥ 0
  CAST(d.flow_count AS DOUBLE) AS flow_count,  -- transfers from and to its addresses; transfers; ≥ 0
  CAST(d.counterparties_max AS DOUBLE) AS flow_counterparties_max,  -- most counterparties of one address; addresses; ≥ 0
  CASE WHEN d.flow_count IS NOT NULL THEN coalesce(CAST(x.internal_count AS DOUBLE), 0.0e0) END AS internal_flow_count,  -- transfers between its own addresses; transfers; ≥ 0
  CASE WHEN d.flow_count IS NOT NULL THEN coalesce(CAST(x.internal_usd AS DOUBLE), 0.0e0) END AS internal_flow_usd,  -- sum of the transfers between its own addresses; USD; ≥ 0
  coalesce(CAST(x.internal_usd AS DOUBLE), 0.0e0) / nullif(CAST(d.flow_out_usd AS DOUBLE), 0.0e0) AS internal_share,  -- share of the transfers between its own addresses in all that its addresses paid; 0 to 1
  coalesce(CAST(x.internal_pairs AS DOUBLE), 0.0e0) / nullif(CAST(d.address_count AS DOUBLE) * (CAST(d.address_count AS DOUBLE) - 1.0e0), 0.0e0) AS internal_density  -- share of the ordered pairs of its addresses with transfers; 0 to 1
FROM clusters AS c
LEFT JOIN cluster_address_statistics AS d ON d.cluster_id = c.cluster_id
LEFT JOIN cluster_flows AS x ON x.cluster_id = c.cluster_id
