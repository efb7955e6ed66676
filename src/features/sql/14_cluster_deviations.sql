-- One row per cluster with alerts: standard deviations over its alerts.
-- From number n, sum s and sum of squares q: sqrt(n q - s²) / n; 0 where n q and s² agree to twelve digits, which
-- is all that is left of equal values once they are doubles.
--   confidence_stddev: of the producer's confidence, ≥ 0; log_volume_stddev: of ln(1 + volume), ≥ 0;
--   NULL where no alert knows the value
SELECT
  v.cluster_id AS cluster_id,
  CASE WHEN v.confidence_n * v.confidence_q > v.confidence_s * v.confidence_s * 1.000000000001e0 THEN sqrt(v.confidence_n * v.confidence_q - v.confidence_s * v.confidence_s) / CAST(v.confidence_n AS DOUBLE) WHEN v.confidence_n > 0.0e0 THEN 0.0e0 END AS confidence_stddev,
  CASE WHEN v.log_volume_n * v.log_volume_q > v.log_volume_s * v.log_volume_s * 1.000000000001e0 THEN sqrt(v.log_volume_n * v.log_volume_q - v.log_volume_s * v.log_volume_s) / CAST(v.log_volume_n AS DOUBLE) WHEN v.log_volume_n > 0.0e0 THEN 0.0e0 END AS log_volume_stddev
FROM (
  SELECT
    a.cluster_id AS cluster_id,
    CAST(a.confidence_known AS DOUBLE) AS confidence_n,
    CAST(a.confidence_sum AS DOUBLE) AS confidence_s,
    CAST(a.confidence_squares AS DOUBLE) AS confidence_q,
    CAST(a.volume_known AS DOUBLE) AS log_volume_n,
    CAST(a.log_volume_sum AS DOUBLE) AS log_volume_s,
    CAST(a.log_volume_squares AS DOUBLE) AS log_volume_q
  FROM cluster_alert_statistics AS a
) AS v
