-- One row per subject that has flows: standard deviations of its transfers' amounts.
-- From number n, sum s and sum of squares q: sqrt(n q - s²) / n; 0 where n q and s² agree to twelve digits, which
-- is all that is left of equal values once they are doubles.
--   in_stddev, out_stddev: USD, ≥ 0, NULL where no transfer's own amount is known
SELECT
  v.subject_id AS subject_id,
  CASE WHEN v.in_n * v.in_q > v.in_s * v.in_s * 1.000000000001e0 THEN sqrt(v.in_n * v.in_q - v.in_s * v.in_s) / CAST(v.in_n AS DOUBLE) WHEN v.in_n > 0.0e0 AND v.in_s IS NOT NULL THEN 0.0e0 END AS in_stddev,
  CASE WHEN v.out_n * v.out_q > v.out_s * v.out_s * 1.000000000001e0 THEN sqrt(v.out_n * v.out_q - v.out_s * v.out_s) / CAST(v.out_n AS DOUBLE) WHEN v.out_n > 0.0e0 AND v.out_s IS NOT NULL THEN 0.0e0 END AS out_stddev
FROM (
  SELECT
    w.subject_id AS subject_id,
    CAST(w.in_single_transfers AS DOUBLE) AS in_n,
    CAST(CASE WHEN w.in_single_transfers = w.in_transfers THEN w.in_amount_usd END AS DOUBLE) AS in_s,
    CAST(w.in_squared_usd AS DOUBLE) AS in_q,
    CAST(w.out_single_transfers AS DOUBLE) AS out_n,
    CAST(CASE WHEN w.out_single_transfers = w.out_transfers THEN w.out_amount_usd END AS DOUBLE) AS out_s,
    CAST(w.out_squared_usd AS DOUBLE) AS out_q
  FROM flow_statistics AS w
) AS v
