-- One row per subject, direction and counterparty: what passed between the two within the window.
--   is_incoming: 1 where the subject was paid, 0 where it paid
--   transfers: number of transfers, ≥ 1; known_transfers: those whose price is known: an amount is neither missing nor 0
--   amount_usd: sum of the known ones, NULL where there is none
--   single_transfers: how many of them have a known amount of their own (a file of pairs knows only sums)
--   squared_usd: sum of those amounts' squares
--   largest_usd: the largest of them, NULL where there is none
--   round_transfers: those of a whole multiple of 100 USD
--   near_limit_transfers: those from 9,000 to below 10,000 USD, just under the reporting limit
--   first_second, last_second: seconds since 1970 of the first and the last, NULL where unknown
SELECT
  f.subject_id AS subject_id,
  f.is_incoming AS is_incoming,
  f.counterparty AS counterparty,
  sum_of_integers(f.transfers) AS transfers,
  coalesce(sum_of_integers(CASE WHEN f.amount_usd <> 0 THEN f.transfers END), 0) AS known_transfers,
  CAST(sum(CAST(nullif(f.amount_usd, 0) AS DECIMAL(18, 4))) AS DECIMAL(28, 4)) AS amount_usd,
  count(nullif(f.single_amount_usd, 0)) AS single_transfers,
  CAST(sum(CAST(f.single_amount_usd AS DECIMAL(19, 4)) * CAST(f.single_amount_usd AS DECIMAL(18, 4))) AS DECIMAL(38, 8)) AS squared_usd,
  max(nullif(f.single_amount_usd, 0)) AS largest_usd,
  rows_with(CAST(f.single_amount_usd AS DOUBLE) >= 1.0e2 AND floor(CAST(f.single_amount_usd AS DOUBLE) / 1.0e2) * 1.0e2 = CAST(f.single_amount_usd AS DOUBLE)) AS round_transfers,
  rows_with(f.single_amount_usd >= 9000 AND f.single_amount_usd < 10000) AS near_limit_transfers,
  min(f.first_second) AS first_second,
  max(f.last_second) AS last_second
FROM flows AS f
GROUP BY f.subject_id, f.is_incoming, f.counterparty
