-- One row per subject that has alerts: what is alerted about the same address on the same day.
--   alert_count: its alerts, ≥ 1
--   typology_count, pattern_count: distinct typologies and non-empty pattern ids among them
--   severity_max: 0 to 3, NULL where no severity is known
--   severity_sum, severity_known: sum and number of the severities that are known
--   volume_sum_usd, volume_max_usd: of the alerts' volumes
--   confidence_sum, confidence_known: sum and number of the producer's confidences
--   confidence_max: the highest of them, NULL where there is none
SELECT
  a.subject_id AS subject_id,
  count(a.alert_id) AS alert_count,
  count(DISTINCT a.typology_type) AS typology_count,
  count(DISTINCT CASE WHEN a.pattern_id <> '' THEN a.pattern_id END) AS pattern_count,
  max(c.severity_level) AS severity_max,
  sum_of_integers(c.severity_level) AS severity_sum,
  count(c.severity_level) AS severity_known,
  sum_of_usd(a.volume_usd) AS volume_sum_usd,
  max(a.volume_usd) AS volume_max_usd,
  sum_of(six_decimals(a.alert_confidence_score)) AS confidence_sum,
  count(a.alert_confidence_score) AS confidence_known,
  max(a.alert_confidence_score) AS confidence_max
FROM alerts AS a
INNER JOIN alert_codes AS c ON c.alert_id = a.alert_id
GROUP BY a.subject_id
