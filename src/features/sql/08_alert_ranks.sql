-- One row per alert: where each of its main amounts stands among the alerts of its window and day.
--   …_percentile: share of the other alerts whose value is lower or unknown, 0 to 1; NULL where its own is
--     unknown
--   …_zscore: distance of the logarithm from the day's mean in standard deviations; 0 where all are equal
SELECT
  l.alert_id AS alert_id,
  CASE WHEN l.alert_volume IS NOT NULL THEN percent_rank() OVER (PARTITION BY l.window_days, l.processing_date ORDER BY l.alert_volume ASC NULLS FIRST) END AS alert_volume_percentile,
  CASE WHEN l.total_in IS NOT NULL THEN percent_rank() OVER (PARTITION BY l.window_days, l.processing_date ORDER BY l.total_in ASC NULLS FIRST) END AS total_in_percentile,
  CASE WHEN l.total_out IS NOT NULL THEN percent_rank() OVER (PARTITION BY l.window_days, l.processing_date ORDER BY l.total_out ASC NULLS FIRST) END AS total_out_percentile,
  CASE WHEN l.total_volume IS NOT NULL THEN percent_rank() OVER (PARTITION BY l.window_days, l.processing_date ORDER BY l.total_volume ASC NULLS FIRST) END AS total_volume_percentile,
  CASE WHEN l.max_tx IS NOT NULL THEN percent_rank() OVER (PARTITION BY l.window_days, l.processing_date ORDER BY l.max_tx ASC NULLS FIRST) END AS max_tx_percentile,
  CASE WHEN l.degree IS NOT NULL THEN percent_rank() OVER (PARTITION BY l.window_days, l.processing_date ORDER BY l.degree ASC NULLS FIRST) END AS degree_percentile,
  CASE WHEN l.tx_count IS NOT NULL THEN percent_rank() OVER (PARTITION BY l.window_days, l.processing_date ORDER BY l.tx_count ASC NULLS FIRST) END AS tx_count_percentile,
  CASE WHEN l.neighborhood IS NOT NULL THEN percent_rank() OVER (PARTITION BY l.window_days, l.processing_date ORDER BY l.neighborhood ASC NULLS FIRST) END AS neighborhood_percentile,
  CASE WHEN d.alert_volume_stddev > 1.0e-6 THEN (l.alert_volume - d.alert_volume_mean) / CAST(d.alert_volume_stddev AS DOUBLE) WHEN l.alert_volume IS NOT NULL THEN 0.0e0 END AS alert_volume_zscore,
  CASE WHEN d.total_in_stddev > 1.0e-6 THEN (l.total_in - d.total_in_mean) / CAST(d.total_in_stddev AS DOUBLE) WHEN l.total_in IS NOT NULL THEN 0.0e0 END AS total_in_zscore,
  CASE WHEN d.total_out_stddev > 1.0e-6 THEN (l.total_out - d.total_out_mean) / CAST(d.total_out_stddev AS DOUBLE) WHEN l.total_out IS NOT NULL THEN 0.0e0 END AS total_out_zscore,
  CASE WHEN d.total_volume_stddev > 1.0e-6 THEN (l.total_volume - d.total_volume_mean) / CAST(d.total_volume_stddev AS DOUBLE) WHEN l.total_volume IS NOT NULL THEN 0.0e0 END AS total_volume_zscore,
  CASE WHEN d.max_tx_stddev > 1.0e-6 THEN (l.max_tx - d.max_tx_mean) / CAST(d.max_tx_stddev AS DOUBLE) WHEN l.max_tx IS NOT NULL THEN 0.0e0 END AS max_tx_zscore,
  CASE WHEN d.degree_stddev > 1.0e-6 THEN (l.degree - d.degree_mean) / CAST(d.degree_stddev AS DOUBLE) WHEN l.degree IS NOT NULL THEN 0.0e0 END AS degree_zscore,
  CASE WHEN d.tx_count_stddev > 1.0e-6 THEN (l.tx_count - d.tx_count_mean) / CAST(d.tx_count_stddev AS DOUBLE) WHEN l.tx_count IS NOT NULL THEN 0.0e0 END AS tx_count_zscore,
  CASE WHEN d.neighborhood_stddev > 1.0e-6 THEN (l.neighborhood - d.neighborhood_mean) / CAST(d.neighborhood_stddev AS DOUBLE) WHEN l.neighborhood IS NOT NULL THEN 0.0e0 END AS neighborhood_zscore
FROM alert_logs AS l
INNER JOIN day_statistics AS d ON d.window_days = l.window_days AND d.processing_date = l.processing_date
