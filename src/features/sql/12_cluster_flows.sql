-- One row per cluster with money flowing between its own addresses within the window.
--   internal_pairs: ordered pairs of its addresses with transfers, ≥ 1
--   internal_count, internal_usd: number and sum of those transfers
SELECT
  m.cluster_id AS cluster_id,
  count(p.payee_subject_id) AS internal_pairs,
  sum_of_integers(p.transfers) AS internal_count,
  CAST(sum(CAST(p.amount_usd AS DECIMAL(28, 4))) AS DECIMAL(38, 4)) AS internal_usd
FROM cluster_addresses AS m
INNER JOIN subject_flows AS p ON p.payer_subject_id = m.subject_id
INNER JOIN cluster_addresses AS n ON n.cluster_id = m.cluster_id AND n.subject_id = p.payee_subject_id
GROUP BY m.cluster_id
