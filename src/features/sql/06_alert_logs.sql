-- One row per alert: natural logarithms of 1 + x of its main amounts, to 6 decimals, NULL where x is
-- unknown; a negative x counts as 0.
--   alert_volume: of volume_usd of the alert; 0 to 40
--   total_in: of total_in_usd of the address; 0 to 40
--   total_out: of total_out_usd; 0 to 40
--   total_volume: of total_volume_usd; 0 to 40
--   max_tx: of max_tx_usd; 0 to 40
--   degree: of degree_total; 0 to 40
--   tx_count: of tx_total_count; 0 to 40
--   neighborhood: of khop1_volume_usd; 0 to 40
SELECT
  a.alert_id AS alert_id,
  a.window_days AS window_days,
  a.processing_date AS processing_date,
  CASE WHEN a.volume_usd IS NOT NULL THEN floor(ln(1.0e0 + greatest(CAST(a.volume_usd AS DOUBLE), 0.0e0)) * 1.0e6 + 0.5e0) / 1.0e6 END AS alert_volume,
  CASE WHEN f.total_in_usd IS NOT NULL THEN floor(ln(1.0e0 + greatest(CAST(f.total_in_usd AS DOUBLE), 0.0e0)) * 1.0e6 + 0.5e0) / 1.0e6 END AS total_in,
  CASE WHEN f.total_out_usd IS NOT NULL THEN floor(ln(1.0e0 + greatest(CAST(f.total_out_usd AS DOUBLE), 0.0e0)) * 1.0e6 + 0.5e0) / 1.0e6 END AS total_out,
  CASE WHEN f.total_volume_usd IS NOT NULL THEN floor(ln(1.0e0 + greatest(CAST(f.total_volume_usd AS DOUBLE), 0.0e0)) * 1.0e6 + 0.5e0) / 1.0e6 END AS total_volume,
  CASE WHEN f.max_tx_usd IS NOT NULL THEN floor(ln(1.0e0 + greatest(CAST(f.max_tx_usd AS DOUBLE), 0.0e0)) * 1.0e6 + 0.5e0) / 1.0e6 END AS max_tx,
  CASE WHEN f.degree_total IS NOT NULL THEN floor(ln(1.0e0 + greatest(CAST(f.degree_total AS DOUBLE), 0.0e0)) * 1.0e6 + 0.5e0) / 1.0e6 END AS degree,
  CASE WHEN f.tx_total_count IS NOT NULL THEN floor(ln(1.0e0 + greatest(CAST(f.tx_total_count AS DOUBLE), 0.0e0)) * 1.0e6 + 0.5e0) / 1.0e6 END AS tx_count,
  CASE WHEN f.khop1_volume_usd IS NOT NULL THEN floor(ln(1.0e0 + greatest(CAST(f.khop1_volume_usd AS DOUBLE), 0.0e0)) * 1.0e6 + 0.5e0) / 1.0e6 END AS neighborhood
FROM alerts AS a
LEFT JOIN features AS f ON f.subject_id = a.subject_id
