-- What else is alerted on the day: about the same address, and of the same pattern.
SELECT
  a.alert_id AS alert_id,
  CAST(b.alert_count AS DOUBLE) AS address_alert_count,  -- alerts about the address on the day; alerts; ≥ 1
  CAST(b.typology_count AS DOUBLE) AS address_typology_count,  -- typologies of the address's alerts on the day; ≥ 0
  CAST(b.pattern_count AS DOUBLE) AS address_pattern_count,  -- patterns that the address's alerts on the day name; ≥ 0
  CAST(b.severity_max AS DOUBLE) AS address_severity_max,  -- highest severity of the address's alerts on the day; 0 to 3
  ratio(b.severity_sum, b.severity_known) AS address_severity_mean,  -- mean severity of the address's alerts on the day; 0 to 3
  CAST(b.volume_sum_usd AS DOUBLE) AS address_alert_volume_usd,  -- volume of the address's alerts on the day; USD; ≥ 0
  ratio(b.confidence_sum, b.confidence_known) AS address_confidence_mean,  -- the producer's mean confidence in the address's alerts on the day; 0 to 1
  b.confidence_max AS address_confidence_max,  -- the producer's highest confidence in the address's alerts on the day; 0 to 1
  coalesce(CAST(p.alert_count AS DOUBLE), 0.0e0) AS pattern_alert_count,  -- alerts of the alert's pattern on the day, 0 where it names none; alerts; ≥ 0
  coalesce(CAST(p.address_count AS DOUBLE), 0.0e0) AS pattern_address_count,  -- addresses of the alerts of the alert's pattern on the day, 0 where it names none; addresses; ≥ 0
  coalesce(CAST(p.volume_sum_usd AS DOUBLE), 0.0e0) AS pattern_volume_usd  -- volume of the alerts of the alert's pattern on the day, 0 where it names none; USD; ≥ 0
FROM alerts AS a
INNER JOIN address_alerts AS b ON b.subject_id = a.subject_id
LEFT JOIN pattern_alerts AS p ON p.window_days = a.window_days AND p.processing_date = a.processing_date AND p.pattern_id = a.pattern_id
