-- One row per subject that has flows in its window: what came in and what went out.
--   in_… for what the subject received, out_… for what it paid:
--   …_transfers: number of the transfers, ≥ 0; …_known_transfers: those whose amount is known
--   …_amount_usd: sum of the known amounts, ≥ 0, NULL where there are transfers and none is known
--   …_single_transfers, …_squared_usd: number of transfers whose own amount is known, sum of squares
--   …_largest_usd: largest transfer, NULL where none is known
--   …_counterparties: distinct addresses on the other side
--   …_alerted_counterparties: those of them that are subjects of the same day and window themselves
--   …_top_counterparty_usd: the largest sum with one counterparty
--   …_round_transfers, …_near_limit_transfers: see counterparties
--   …_first_second, …_last_second: seconds since 1970
--   reciprocal_counterparties: addresses that stand on both sides, ≥ 0
SELECT
  p.subject_id AS subject_id,
  CAST(coalesce(sum(CAST(CASE WHEN p.is_incoming = 1 THEN p.transfers END AS BIGINT)), 0) AS BIGINT) AS in_transfers,
  CAST(coalesce(sum(CAST(CASE WHEN p.is_incoming = 1 THEN p.known_transfers END AS BIGINT)), 0) AS BIGINT) AS in_known_transfers,
  CAST(CASE WHEN rows_with(p.is_incoming = 1) = 0 THEN 0 ELSE sum(CAST(CASE WHEN p.is_incoming = 1 THEN p.amount_usd END AS DECIMAL(28, 4))) END AS DECIMAL(38, 4)) AS in_amount_usd,
  CAST(coalesce(sum(CAST(CASE WHEN p.is_incoming = 1 THEN p.single_transfers END AS BIGINT)), 0) AS BIGINT) AS in_single_transfers,
  CAST(coalesce(sum(CAST(CASE WHEN p.is_incoming = 1 THEN p.squared_usd END AS DECIMAL(38, 8))), 0) AS DECIMAL(38, 8)) AS in_squared_usd,
  max(CASE WHEN p.is_incoming = 1 THEN p.largest_usd END) AS in_largest_usd,
  rows_with(p.is_incoming = 1) AS in_counterparties,
  count(CASE WHEN p.is_incoming = 1 THEN o.subject_id END) AS in_alerted_counterparties,
  max(CASE WHEN p.is_incoming = 1 THEN p.amount_usd END) AS in_top_counterparty_usd,
  CAST(coalesce(sum(CAST(CASE WHEN p.is_incoming = 1 THEN p.round_transfers END AS BIGINT)), 0) AS BIGINT) AS in_round_transfers,
  CAST(coalesce(sum(CAST(CASE WHEN p.is_incoming = 1 THEN p.near_limit_transfers END AS BIGINT)), 0) AS BIGINT) AS in_near_limit_transfers,
  min(CASE WHEN p.is_incoming = 1 THEN p.first_second END) AS in_first_second,
  max(CASE WHEN p.is_incoming = 1 THEN p.last_second END) AS in_last_second,
  CAST(coalesce(sum(CAST(CASE WHEN p.is_incoming = 0 THEN p.transfers END AS BIGINT)), 0) AS BIGINT) AS out_transfers,
  CAST(coalesce(sum(CAST(CASE WHEN p.is_incoming = 0 THEN p.known_transfers END AS BIGINT)), 0) AS BIGINT) AS out_known_transfers,
  CAST(CASE WHEN rows_with(p.is_incoming = 0) = 0 THEN 0 ELSE sum(CAST(CASE WHEN p.is_incoming = 0 THEN p.amount_usd END AS DECIMAL(28, 4))) END AS DECIMAL(38, 4)) AS out_amount_usd,
  CAST(coalesce(sum(CAST(CASE WHEN p.is_incoming = 0 THEN p.single_transfers END AS BIGINT)), 0) AS BIGINT) AS out_single_transfers,
  CAST(coalesce(sum(CAST(CASE WHEN p.is_incoming = 0 THEN p.squared_usd END AS DECIMAL(38, 8))), 0) AS DECIMAL(38, 8)) AS out_squared_usd,
  max(CASE WHEN p.is_incoming = 0 THEN p.largest_usd END) AS out_largest_usd,
  rows_with(p.is_incoming = 0) AS out_counterparties,
  count(CASE WHEN p.is_incoming = 0 THEN o.subject_id END) AS out_alerted_counterparties,
  max(CASE WHEN p.is_incoming = 0 THEN p.amount_usd END) AS out_top_counterparty_usd,
  CAST(coalesce(sum(CAST(CASE WHEN p.is_incoming = 0 THEN p.round_transfers END AS BIGINT)), 0) AS BIGINT) AS out_round_transfers,
  CAST(coalesce(sum(CAST(CASE WHEN p.is_incoming = 0 THEN p.near_limit_transfers END AS BIGINT)), 0) AS BIGINT) AS out_near_limit_transfers,
  min(CASE WHEN p.is_incoming = 0 THEN p.first_second END) AS out_first_second,
  max(CASE WHEN p.is_incoming = 0 THEN p.last_second END) AS out_last_second,
  coalesce(max(b.reciprocal), 0) AS reciprocal_counterparties
FROM counterparties AS p
INNER JOIN subjects AS s ON s.subject_id = p.subject_id
LEFT JOIN subjects AS o ON o.address = p.counterparty AND o.window_days = s.window_days AND o.processing_date = s.processing_date
LEFT JOIN (
  SELECT
    e.subject_id AS subject_id,
    count(e.counterparty) AS reciprocal
  FROM (
    SELECT
      q.subject_id AS subject_id,
      q.counterparty AS counterparty
    FROM counterparties AS q
    GROUP BY q.subject_id, q.counterparty
    HAVING count(q.is_incoming) = 2
  ) AS e
  GROUP BY e.subject_id
) AS b ON b.subject_id = p.subject_id
GROUP BY p.subject_id
