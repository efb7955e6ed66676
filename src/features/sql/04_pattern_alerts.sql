-- One row per non-empty pattern id of a window and day: the alerts that name it.
--   alert_count: alerts of the pattern, ≥ 1
--   address_count: their distinct addresses, ≥ 1
--   volume_sum_usd: sum of their volumes
SELECT
  a.window_days AS window_days,
  a.processing_date AS processing_date,
  a.pattern_id AS pattern_id,
  count(a.alert_id) AS alert_count,
  count(DISTINCT a.subject_id) AS address_count,
  sum_of_usd(a.volume_usd) AS volume_sum_usd
FROM alerts AS a
WHERE a.pattern_id <> ''
GROUP BY a.window_days, a.processing_date, a.pattern_id
